import json

from netdiag.reports.json import REPORT


def test_it_is_the_document_in_canonical_form(hostile):
    text = REPORT.render(hostile)
    assert json.loads(text) == hostile
    assert text == json.dumps(hostile, indent=2, ensure_ascii=True) + "\n"

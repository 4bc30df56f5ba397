import json

from netdiag.reports.ndjson import REPORT


def test_every_line_is_an_object_with_its_type_first(hostile):
    lines = [json.loads(line) for line in REPORT.render(hostile).splitlines()]
    assert all(next(iter(line)) == "type" for line in lines)
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "run"
    assert kinds.count("input") == 2
    assert kinds.count("source") == len(hostile["sources"])
    assert kinds.count("finding") == len(hostile["findings"])
    assert kinds.count("suppressed") == 1


def test_nothing_is_lost(mild):
    lines = [json.loads(line) for line in REPORT.render(mild).splitlines()]
    assert {**lines[0], "type": None} == {"type": None, **{key: mild[key] for key in ("schema", "tool", "quality", "partial", "extent")}}
    assert [{key: value for key, value in line.items() if key != "type"} for line in lines if line["type"] == "finding"] == mild["findings"]

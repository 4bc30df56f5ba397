import pytest

from netdiag.errors import ConfigError
from netdiag.reports.report import View, find, reports


def test_presence_is_registration():
    assert {"csv", "json", "md", "ndjson", "text"} <= set(reports())
    assert list(reports()) == sorted(reports())


def test_an_unknown_format_suggests_the_nearest():
    with pytest.raises(ConfigError, match=r"no format 'ndjsn'; did you mean 'ndjson'\? Valid: csv, github, json, junit"):
        find("ndjsn")
    with pytest.raises(ConfigError, match=r"no format 'zzz'\. Valid: csv, github, json, junit"):
        find("zzz")


@pytest.mark.parametrize("name", sorted(reports()))
@pytest.mark.parametrize("kind", ["mild", "hostile", "empty", "large"])
def test_every_format_renders_every_document_the_same_twice(name, kind, request):
    document = request.getfixturevalue(kind)
    text = find(name).render(document)
    assert text == find(name).render(document)
    assert text.endswith("\n")
    text.encode()


@pytest.mark.parametrize("name", sorted(reports()))
def test_no_control_character_leaves_any_format(name, hostile):
    text = find(name).render(hostile, View(width=60))
    assert not any((ord(character) < 32 and character != "\n") or 0x7F <= ord(character) < 0xA0 for character in text)
    assert "\u202e" not in text

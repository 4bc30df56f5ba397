import importlib
import subprocess
import sys

import pytest

from netdiag.errors import ConfigError
from netdiag.reports.report import View, find, reports


def test_presence_is_registration():
    assert {"csv", "json", "md", "ndjson", "text"} <= set(reports())
    assert list(reports()) == sorted(reports())


@pytest.mark.parametrize("name", sorted(reports()))
def test_a_format_in_the_folder_has_the_name_of_its_module(name):
    assert importlib.import_module(f"netdiag.reports.{name}").REPORT is find(name) is reports()[name]


def test_a_format_is_found_without_the_others_and_without_what_is_installed():
    code = "import sys; from netdiag.reports.report import find; find('text'); print(*sys.modules)"
    imported = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert {f"netdiag.reports.{name}" for name in reports()} & imported == {"netdiag.reports.text"}
    assert {"importlib.metadata", "difflib", "xml.etree.ElementTree"} & imported == set()


def test_an_installed_format_is_found_but_takes_no_name_of_the_folder(tmp_path, monkeypatch):
    (tmp_path / "installed_formats.py").write_text(
        "from netdiag.reports.report import Report\n"
        "LOUD, TEXT = (Report(name=name, suffix='.txt', meaning='', lines=lambda document, view: ['!']) for name in ('loud', 'text'))\n"
    )
    (tmp_path / "loud-1.dist-info").mkdir()
    (tmp_path / "loud-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1\n")
    (tmp_path / "loud-1.dist-info/entry_points.txt").write_text(
        "[netdiag.reports]\nloud = installed_formats:LOUD\ntext = installed_formats:TEXT\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    reports.cache_clear()
    try:
        assert find("loud").render({}) == "!\n"
        assert reports()["text"] is find("text") is importlib.import_module("netdiag.reports.text").REPORT
    finally:
        reports.cache_clear()


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

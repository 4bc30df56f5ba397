"""What other packages add is found wherever packages may be."""

import subprocess
import sys
import zipfile
from importlib.metadata import entry_points

import pytest

from netdiag.installed import installed

GROUP = "netdiag.trial"
LIST = f"[{GROUP}]\none = json:dumps\n"


@pytest.mark.parametrize("folder", ["other-1.dist-info", "other.egg-info"])
def test_of_a_package_in_a_folder(folder, tmp_path, monkeypatch):
    assert installed(GROUP) == []
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "entry_points.txt").write_text(LIST)
    (tmp_path / folder / ("METADATA" if "dist" in folder else "PKG-INFO")).write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [found.__name__ for found in installed(GROUP)] == ["dumps"]


def test_of_an_egg(tmp_path, monkeypatch):
    egg = tmp_path / "other-1-py3.egg"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO/entry_points.txt").write_text(LIST)
    (egg / "EGG-INFO/PKG-INFO").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(egg))
    assert len(entry_points(group=GROUP)) == len(installed(GROUP)) == 1


def test_of_an_archive(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("other-1.dist-info/entry_points.txt", LIST)
        archive.writestr("other-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(tmp_path / "x.zip"))
    assert len(installed(GROUP)) == 1


def test_of_a_finder_of_its_own(monkeypatch):
    class Entry:
        def load(self):
            return "one"

    class Finder:
        def find_distributions(self, context):
            return []

    monkeypatch.setattr("sys.meta_path", [*sys.meta_path, Finder()])
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [Entry()])
    assert installed(GROUP) == ["one"]


def test_a_list_that_cannot_be_read_is_left_to_the_library(tmp_path, monkeypatch):
    (tmp_path / "other-1.dist-info/entry_points.txt").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    asked = []
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: asked.append(group) or [])
    assert installed(GROUP) == []
    assert asked == [GROUP]


@pytest.mark.parametrize("place", ["/" + "a" * 300, "/tmp/\0", b"/nowhere", "", "/dev/null/x"])
def test_odd_places_are_no_error(place, monkeypatch):
    monkeypatch.setattr("sys.path", [*sys.path, place])
    assert installed(GROUP) == []


def test_the_library_is_not_asked_where_there_is_nothing():
    code = f"from netdiag.installed import installed; import sys; print(installed({GROUP!r}), 'importlib.metadata' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[] False\n"

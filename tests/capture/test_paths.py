"""Which files a path means."""

import os

import pytest

from netdiag.capture.paths import expand


@pytest.fixture
def tree(tmp_path):
    for name in ("b", "a", "sub/c", "sub/deep/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    return tmp_path


def shown(tree, path, recursive=False):
    return [(os.path.relpath(found, tree), named) for found, named in expand(str(path), recursive)]


def test_a_name_stands_for_itself(tree):
    assert shown(tree, tree / "a") == [("a", True)]
    assert shown(tree, tree / "missing") == [("missing", True)]
    assert list(expand("-", True)) == [("-", True)]


def test_a_directory_stands_for_its_files(tree):
    assert shown(tree, tree) == [("a", False), ("b", False)]
    assert shown(tree, tree, recursive=True) == [("a", False), ("b", False), ("sub/c", False), ("sub/deep/d", False)]


def test_wildcards_are_expanded_only_where_nothing_has_that_name(tree):
    assert shown(tree, tree / "[ab]") == [("a", True), ("b", True)]
    assert shown(tree, tree / "su*") == [("sub/c", False)]
    assert shown(tree, tree / "x*") == [("x*", True)]
    (tree / "[ab]").touch()
    assert shown(tree, tree / "[ab]") == [("[ab]", True)]


def test_a_directory_that_cannot_be_listed_is_an_os_error(monkeypatch, tree):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError):
        list(expand(str(tree), False))

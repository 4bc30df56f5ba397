"""Finds what other packages add to netdiag: detectors and report formats, by their entry points."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

LISTS = ("*.dist-info/entry_points.txt", "*.egg-info/entry_points.txt", "EGG-INFO/entry_points.txt")
"""Where packages say what they have: the entry points specification of packaging.python.org, and what setuptools did before."""


def installed(group: str) -> list[Any]:
    """What the entry points of a group name.

    To import importlib.metadata and have it look at every package takes a tenth of the time of a small capture. So it is asked only where
    a list of entry points has the group in it, or where packages are not kept as files in folders.
    """
    other = any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder)
    if not other and not any(_may_name(group, Path(place)) for place in map(str, sys.path)):
        return []
    from importlib.metadata import entry_points

    return [entry.load() for entry in entry_points(group=group)]


def _may_name(group: str, place: Path) -> bool:
    try:
        if not place.is_dir():
            return place.exists()  # an archive
        return any(group.encode() in file.read_bytes() for pattern in LISTS for file in place.glob(pattern))
    except OSError:  # importlib.metadata knows what to do about it
        return True

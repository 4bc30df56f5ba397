"""Finds the line of every key of a TOML text, which `tomllib` does not tell.

It understands the layout that people write: headers and `key = value` at the beginning of a line. A key within an
inline table has the line of that table.
"""

from __future__ import annotations

import re

Place = tuple[str | int, ...]

HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")
LONG = ('"""', "'''")


def places(text: str) -> dict[Place, int]:
    """Key path (with the index of its `[[table]]`) to its line, counted from 1; for each table the line of its header."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        if inside:  # a text of several lines
            inside = "" if inside in line else inside
            continue
        if match := HEADER.match(line):
            table = _header(_parts(match[2]), match[1] == "[[", counts)
            found.setdefault(table, number)
        elif match := KEY.match(line):
            found.setdefault((*table, *_parts(match[1])), number)
            inside = next((mark for mark in LONG if line.count(mark) == 1), "")
    return found


def nearest(found: dict[Place, int], place: Place) -> int:
    """The line of a place, or of the closest that holds it; 1 for the top of the file."""
    while place and place not in found:
        place = place[:-1]
    return found.get(place, 1)


def _parts(text: str) -> Place:
    return tuple(part.strip("\"'") for part in PART.findall(text))


def _header(parts: Place, several: bool, counts: dict[Place, int]) -> Place:
    """The path of a table's header: a part that names several tables is followed by the index of the last one."""
    path: Place = ()
    for at, part in enumerate(parts):
        path = (*path, part)
        if several and at == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path

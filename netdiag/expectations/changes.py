"""Compares two documents place by place, in a way a person can read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from netdiag.expectations.demand import DIGITS
from netdiag.expectations.difference import Difference, shown

KEYS = ("id", "source", "slug")
"""What names an entry of a list, first of these; other lists are compared by position."""
BRIEF = ("severity", "detector", "cause", "summary")
"""What a finding, source or cause that came or went is told by."""
NOTHING = "nothing"


def changes(expected: Any, got: Any, path: str = "") -> Iterator[Difference]:
    """Every difference, in the order of the document; floats that differ as platforms do are the same."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in [*expected, *(key for key in got if key not in expected)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from _pair(expected, got, key, inner)
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _lists(expected, got, path)
    elif not _same(expected, got):
        yield Difference(path, shown(expected), shown(got))


def _pair(expected: Mapping[Any, Any], got: Mapping[Any, Any], key: Any, path: str) -> Iterator[Difference]:
    if key not in got:
        yield Difference(path, brief(expected[key]), NOTHING)
    elif key not in expected:
        yield Difference(path, NOTHING, brief(got[key]))
    else:
        yield from changes(expected[key], got[key], path)


def _lists(expected: list[Any], got: list[Any], path: str) -> Iterator[Difference]:
    key = next((key for key in KEYS if all(isinstance(one, dict) and key in one for one in (*expected, *got))), None)
    if not (expected or got):
        return
    if key is None:
        if all(not isinstance(one, dict | list) for one in (*expected, *got)):
            if len(expected) != len(got) or not all(map(_same, expected, got)):
                yield Difference(path, shown(expected), shown(got))
            return
        if len(expected) != len(got):
            yield Difference(path, f"{len(expected)} entries", f"{len(got)} entries")
            return
    old = {_name(one, key, at): one for at, one in enumerate(expected)}
    new = {_name(one, key, at): one for at, one in enumerate(got)}
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _pair(old, new, name, f"{path}[{name}]")
    if list(old) != list(new) and old.keys() == new.keys():
        yield Difference(path, f"the order {shown(list(old))}", shown(list(new)))


def _name(one: Any, key: str | None, at: int) -> str:
    return str(at) if key is None else str(one[key])


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, float) and isinstance(got, float):
        return math.isclose(expected, got, rel_tol=DIGITS)
    return type(expected) is type(got) and bool(expected == got)


def brief(value: Any) -> str:
    """An entry by what people know it by; anything else as it is."""
    if not isinstance(value, Mapping):
        return shown(value)
    told = [shown(value[key]).strip('"') for key in BRIEF if isinstance(value.get(key), str)]
    return ", ".join(told) or shown(value)

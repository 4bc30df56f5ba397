"""The walk's tables and numbers agree with each other."""

from __future__ import annotations

import numpy as np

from netdiag.packets import walk
from netdiag.packets.walk import PROTOCOLS, STOP, mix, offsets, table


def test_kinds_are_distinct() -> None:
    kinds = [*range(STOP, walk.ARCNET + 1)]
    named = {name: value for name, value in vars(walk).items() if name.isupper() and type(value) is int}
    assert [value for value in kinds if list(named.values()).count(value) == 0] == []


def test_offsets_are_those_of_the_declared_fields() -> None:
    header = np.dtype([("a", "u1"), ("b", ">u2"), ("c", "V6"), ("d", ">u4")])
    assert offsets(header) == (0, 1, 3, 9)
    assert header.itemsize == 13


def test_a_table_stops_at_what_it_does_not_name() -> None:
    kinds = table(PROTOCOLS, 256)
    assert kinds[6] == walk.TCP
    assert kinds[132] == STOP
    assert {number for number in range(256) if kinds[number] != STOP} == set(PROTOCOLS)


def test_scope_mixes_order_and_identity_and_is_never_zero() -> None:
    step = mix.py_func  # type: ignore[attr-defined]
    single = {step(0, tag) for tag in range(1, 4095)}
    assert len(single) == 4094
    assert step(step(0, 1), 2) != step(step(0, 2), 1)
    assert 0 not in single
    assert max(single) < 2**32

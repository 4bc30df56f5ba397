"""Quiet seconds, and seconds that are missing."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from netdiag.connections.connection import Mark
from netdiag.connections.silences import MOST, Silences, holes, near
from netdiag.packets.packet import ACK

SECOND = 10**9


def silences(*batches: list[float]) -> list[tuple[float, float]]:
    found = Silences()
    for batch in batches:
        found.feed(np.array([round(at * SECOND) for at in batch], np.int64))
    return [(start / SECOND, end / SECOND) for start, end in found.spans()]


@pytest.mark.parametrize("cuts", [[0], [3], [1, 2, 4, 5], [2, 2]])
def test_silences_do_not_depend_on_the_batches(cuts: list[int]) -> None:
    times = [10.0, 10.5, 12.0, 12.9, 20.0, 20.1]
    edges = [0, *cuts, len(times)]
    assert silences(*(times[a:b] for a, b in pairwise(edges))) == [(10.5, 12.0), (12.9, 20.0)]


def test_a_silence_just_long_enough_in_a_short_batch() -> None:
    assert silences([5.0, 6.0]) == [(5.0, 6.0)]
    assert silences([5.0], [6.0]) == [(5.0, 6.0)]
    assert silences([5.0, 5.999999999]) == []
    assert silences([6.0, 5.0, 6.0]) == [(5.0, 6.0)]


def test_the_longest_are_kept() -> None:
    assert len(silences([float(2 * at) for at in range(3 * MOST)])) == MOST
    assert (1000.0, 1003.0) in silences([float(2 * at) for at in range(501)], [1003.0 + 2 * at for at in range(500)])


def opened_and_went_on(wire: Any, count: int, lost: int) -> tuple[int, int]:
    """Connections that speak before and after five silent seconds in which `lost` of them sent bytes that were not captured."""
    for at in range(count):
        wire.opened(port=40000 + at)
        wire.out(ACK, 1001, 5001, b"hello", port=40000 + at)
    start = wire.now
    wire.packet((1, 1), (2, 2), ACK, 1, 1, after_ms=5000)
    end = wire.now
    for at in range(count):
        missed = 100 if at < lost else 0
        wire.back(ACK, 5001, 1006 + missed, port=40000 + at)
    return start, end


def test_bytes_that_were_sent_meanwhile_make_a_hole(wire: Any) -> None:
    silence = opened_and_went_on(wire, 10, 4)
    whole = wire.columns()
    assert holes(whole, [silence]) == ()  # six of ten miss nothing
    assert holes(whole.taken(slice(6)), [silence]) == (silence,)


def test_nobody_spoke_no_hole(wire: Any) -> None:
    silence = opened_and_went_on(wire, 10, 0)
    assert holes(wire.columns(), [silence]) == ()
    assert holes(wire.columns(), []) == ()


@pytest.mark.parametrize(("entered", "hole"), [(8, True), (3, False)])
def test_many_that_are_first_seen_in_the_middle_make_a_hole(wire: Any, entered: int, hole: bool) -> None:
    silence = opened_and_went_on(wire, 3, 0)
    for at in range(entered):
        wire.out(ACK, 9000, 7000, b"x", port=50000 + at)
        wire.back(ACK, 7000, 9001, port=50000 + at)
    assert holes(wire.columns(), [silence]) == ((silence,) if hole else ())


@pytest.mark.parametrize(("steady", "waiting", "hole"), [(True, True, True), (True, False, False), (False, True, False)])
def test_a_silence_of_everybody_with_a_handshake_under_way(tables_of: Any, attempt: Any, steady: bool, waiting: bool, hole: bool) -> None:
    """Ten connections in every second but three, or all of them in two bursts; one was asking for its server's answer."""
    times = (
        [at / 10 for at in range(200) if not 100 <= at < 130]
        if steady
        else [at / 200 for at in range(100)] + [13 + at / 200 for at in range(100)]
    )
    rows = [attempt(at, 1000 + number) for number, at in enumerate(times)]
    quiet_since = max(at for at in times if at < 12)
    rows.append(attempt(quiet_since, 9, "silent" if waiting else "ok"))
    table = tables_of(*rows).columns
    zero = int(table["syn_ns"].min())
    silence = (zero + round(quiet_since * SECOND), zero + 13 * SECOND)
    assert holes(table, [silence]) == ((silence,) if hole else ())


def test_a_capture_that_is_torn_everywhere_has_no_holes(wire: Any) -> None:
    silence = opened_and_went_on(wire, 4, 4)
    assert holes(wire.columns(), [silence]) == (silence,)
    for at in range(5):
        wire.opened(port=50000 + at)
        wire.back(ACK, 5001, 1500, port=50000 + at)
    assert holes(wire.columns(), [silence]) == ()


def test_what_a_hole_may_hide(tables_of: Any, attempt: Any) -> None:
    rows = tables_of(
        attempt(1, 1, "silent"), attempt(4.5, 2, "silent"), attempt(5, 3, "silent"), attempt(7.5, 4, "silent"), attempt(9, 5, "silent"),
        attempt(1, 6, "ok"), attempt(4.5, 7, "open"), attempt(9, 8, "ok"),
    ).columns  # fmt: skip
    start = int(rows["syn_ns"][0]) + 4 * SECOND
    assert rows["sport"][near(rows, ((start, start + 3 * SECOND),))].tolist() == [2, 3, 4, 7]
    assert not near(rows, ()).any()
    assert Mark.NEAR_HOLE & (Mark.GAP_OUT | Mark.GAP_IN | Mark.PARTIAL) == 0

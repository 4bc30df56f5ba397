"""Places follow time, whatever the order of the rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections import blocks
from netdiag.connections.connection import Mark
from netdiag.findings.attempts import Attempts, in_time
from netdiag.findings.outcome import Outcome

Make = Callable[..., Any]


@pytest.fixture
def attempts(tables_of: Make, attempt: Make) -> Attempts:
    begun_before = attempt(1, 2003, syn_ns=0, marks=Mark.PARTIAL)
    rows = (attempt(5, 2001, "silent"), begun_before, attempt(2, 2002, dport=80), attempt(4, 2000), attempt(2, 2004))
    return Attempts(tables_of(*rows), (Outcome.SILENT,))


def test_what_began_before_the_capture_is_no_attempt(attempts: Attempts) -> None:
    assert attempts.row.tolist() == [2, 4, 3, 0]
    assert (attempts.accepted.tolist(), attempts.blocked.tolist()) == ([True, True, True, False], [False, False, False, True])
    assert attempts.service.tolist() == [0, 1, 1, 1]


def test_rows_know_their_places(attempts: Attempts) -> None:
    rows = attempts.rows(np.array([3, 1]), ("sport",))
    assert {name: rows[name].tolist() for name in rows} == {
        "sport": [2001, 2004], "place": [3, 1], "fared": [Outcome.SILENT, Outcome.OK], "blocked": [True, False], "accepted": [False, True],
    }  # fmt: skip


def test_spans_hold_both_ends(attempts: Attempts) -> None:
    times = attempts.columns["syn_ns"][attempts.row].tolist()
    assert attempts.span(times[0], times[2]) == (0, 3)
    assert attempts.span(times[0] + 1, times[2] - 1) == (2, 2)
    assert attempts.span(0, times[3] + 1) == (0, 4)


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_attempts_around_a_source(tables_of: Make, attempt: Make, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", rows)
    sources = "192.0.2.7", "192.1.0.1", "192.0.9.9", "2001:db8::7", "192.0.2.7", "192.0.2.8"
    attempts = Attempts(tables_of(*(attempt(at, src=src) for at, src in enumerate(sources))), (Outcome.SILENT,))
    source = attempts.columns["src"].tolist()
    assert attempts.around(source[0], 0, 6).tolist() == [0, 2, 4, 5]
    assert attempts.around(source[0], 1, 5).tolist() == [2, 4]
    assert attempts.around(source[3], 0, 6).tolist() == [3]


def test_groups_with_enough_of_them_blocked(attempts: Attempts) -> None:
    found, among = attempts.groups(("dport",), 1)
    assert ([places.tolist() for places in found], among) == ([[1, 2, 3]], 2)
    attempts.acquit(np.array([3]))
    assert attempts.groups(("dport",), 1) == ([], 2)


def test_the_crowd_forgets_nobody(attempts: Attempts) -> None:
    attempts.acquit(np.array([3]))
    assert not attempts.blocked.any()
    assert attempts.crowd.between([0, 1], 0, 4) == [3, 1]


@pytest.mark.parametrize("rows", [1, 2, 10])
def test_equal_times_go_by_id(tables_of: Make, attempt: Make, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", rows)
    connections = tables_of(attempt(1), attempt(1), attempt(0), attempt(2)).columns
    assert in_time(connections, np.ones(4, bool)).tolist() == [2, 0, 1, 3]
    assert in_time(connections, np.array([True, True, False, True])).tolist() == [0, 1, 3]
    assert in_time(connections, np.array([False, False, True, True])).tolist() == [2, 3]

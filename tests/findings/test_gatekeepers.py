"""Devices that test newcomers, and servers and paths that only look like them."""

from collections.abc import Callable
from typing import Any

from netdiag.findings.gatekeepers import gatekeepers

Make = Callable[..., Any]
SECOND = 10**9


def shown(tables_of: Make, rows: list[dict[str, Any]]) -> dict[str, int]:
    return {mechanism: len(at) for mechanism, at in gatekeepers(tables_of(*rows).columns)}


def late(row: dict[str, Any]) -> dict[str, Any]:
    answered = row["syn_ns"] + SECOND
    return row | {"syn_count": 2, "syn_last_ns": answered - 10**6, "synack_ns": answered, "answer_ns": answered}


def test_a_syn_proxy(tables_of: Make, attempt: Make) -> None:
    assert shown(tables_of, [attempt(at, 1024 + at, synack_window=0) for at in range(4)]) == {"syn-proxy": 4}


def test_a_safe_reset(tables_of: Make, attempt: Make) -> None:
    assert shown(tables_of, [attempt(at, 1024 + at, wrong_synacks=1) for at in range(3)]) == {"safe-reset": 3}
    assert shown(tables_of, [attempt(0, wrong_synacks=1)]) == {}
    assert shown(tables_of, [attempt(at, 1024 + at, "silent", wrong_synacks=1) for at in range(3)]) == {}


def test_first_syns_dropped(tables_of: Make, attempt: Make) -> None:
    sources = [f"192.0.2.{last}" for last in range(1, 8)]
    first = [late(attempt(at, 1024, src=src)) for at, src in enumerate(sources)]
    again = [attempt(20 + at, 1025, src=src) for at, src in enumerate(sources)]
    assert shown(tables_of, first + again) == {"first-syn-drop": 7}
    assert shown(tables_of, first + [late(row) for row in again]) == {"first-syn-drop": 7}


def test_loss_is_no_gatekeeper(tables_of: Make, attempt: Make) -> None:
    rows = [attempt(at, 1024, src=f"192.0.2.{at + 1}") for at in range(40)]
    assert shown(tables_of, [late(row) if at % 4 == 0 else row for at, row in enumerate(rows)]) == {}


def test_a_full_queue_that_hits_later_attempts_as_well_is_none(tables_of: Make, attempt: Make) -> None:
    first = [late(attempt(at, 1024, src=f"192.0.2.{at + 1}")) for at in range(7)]
    again = [attempt(20 + at, 1025, src=f"192.0.2.{at % 7 + 1}") for at in range(28)]
    assert shown(tables_of, first + [late(row) if at % 2 else row for at, row in enumerate(again)]) == {}


def test_attempts_that_are_late_only_when_they_come_again_are_no_test_of_newcomers(tables_of: Make, attempt: Make) -> None:
    first = [attempt(at, 1024, src=f"192.0.2.{at + 1}") for at in range(9)]
    again = [late(attempt(20 + at, 1025, src=f"192.0.2.{at + 1}")) for at in range(9)]
    assert shown(tables_of, [late(row) for row in first] + again) == {"first-syn-drop": 9}
    assert shown(tables_of, [late(row) for row in first[:2]] + first[2:] + again) == {}

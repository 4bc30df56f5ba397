"""Every outcome, and what is not known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from netdiag.connections.connection import Answer, Mark
from netdiag.findings.outcome import ANSWER_NS, Outcome, outcomes, outcomes_of


@pytest.mark.parametrize(
    ("how", "more", "expected"),
    [
        ("ok", {}, Outcome.OK),
        ("silent", {}, Outcome.SILENT),
        ("reset", {}, Outcome.RESET),
        ("prohibited", {}, Outcome.PROHIBITED),
        ("prohibited", {"icmp_code": 1}, Outcome.UNREACHABLE),
        ("prohibited", {"icmp_version": 6, "icmp_type": 1, "icmp_code": 1}, Outcome.PROHIBITED),
        ("wrong-ack", {}, Outcome.WRONG_ACK),
        ("silent", {"marks": Mark.NEAR_HOLE}, Outcome.UNKNOWN),
        ("reset", {"marks": Mark.NEAR_HOLE}, Outcome.RESET),
        ("silent", {"answer": Answer.WRONG_SYN_ACK}, Outcome.UNKNOWN),
        ("ok", {"marks": Mark.PARTIAL}, Outcome.UNKNOWN),
        ("silent", {"packets_out": 3}, Outcome.OK),  # one-sided capture: the originator went on
        ("silent", {"packets_out": 4, "syn_count": 2}, Outcome.SILENT),  # and had repeated its SYN before
    ],
)
def test_outcome(
    tables_of: Callable[..., Any], attempt: Callable[..., dict[str, Any]], how: str, more: dict[str, Any], expected: Outcome
) -> None:
    tables = tables_of(attempt(0, how=how, **more))
    assert outcomes(tables.columns, tables.last_ns).tolist() == [expected]


def test_a_syn_answered_only_when_repeated_was_lost(tables_of: Callable[..., Any], attempt: Callable[..., dict[str, Any]]) -> None:
    row = attempt(0, syn_count=2)
    row["answer_ns"] = row["syn_ns"] + ANSWER_NS
    tables = tables_of(row)
    assert outcomes(tables.columns, tables.last_ns).tolist() == [Outcome.SILENT]


def test_too_near_the_end_nothing_is_known(tables_of: Callable[..., Any], attempt: Callable[..., dict[str, Any]]) -> None:
    row = attempt(0, how="silent")
    tables = tables_of(row, last_ns=row["syn_ns"] + ANSWER_NS - 1)
    assert outcomes(tables.columns, tables.last_ns).tolist() == [Outcome.UNKNOWN]


def test_an_empty_table_has_no_outcomes(tables_of: Callable[..., Any]) -> None:
    assert outcomes(tables_of().columns, 0).size == 0


def test_other_tables_do_not_inherit_outcomes(tables_of: Callable[..., Any], attempt: Callable[..., dict[str, Any]]) -> None:
    tables = tables_of(attempt(0), attempt(1, how="reset"))
    assert outcomes_of(tables).tolist() == [Outcome.OK, Outcome.RESET]
    assert outcomes_of(tables) is outcomes_of(tables)
    assert outcomes_of(replace(tables, columns=tables.columns.taken([1]))).tolist() == [Outcome.RESET]

"""Who gets a case, and what is in it."""

from collections.abc import Callable
from typing import Any

import pytest

from netdiag.connections.connection import Answer
from netdiag.findings.outcome import Outcome, outcomes
from netdiag.verdicts.case import Case, cases

Make = Callable[..., Any]


def test_the_facts_of_a_case(case_of: Make, attempts: Make, stalled: Make) -> None:
    others = [row | {"src": "192.0.2.99"} for row in attempts(["ok"] * 5 + ["silent"])]
    case: Case = case_of(*attempts(["ok"] * 5 + ["silent"] * 5 + ["wrong-ack"] * 2), stalled(20, 3), *others)
    assert (int(case.failed.sum()), int(case.silent.sum()), int(case.stalled.sum()), int(case.bad.sum())) == (7, 5, 1, 8)
    assert (case.others, case.others_failed) == (6, 1)
    assert "1 of 6" in case.elsewhere
    assert case.fared.tolist().count(Outcome.WRONG_ACK) == 2
    assert not case.dead.any()


@pytest.mark.parametrize(
    ("fared", "troubled"),
    [(["ok"] * 50, False), (["ok"] * 49 + ["silent"], False), (["silent"] * 3 + ["ok"] * 7, False), (["silent"] * 3, True), ([], False)],
)
def test_who_is_in_trouble(tables_of: Make, attempts: Make, fared: list[str], troubled: bool) -> None:
    assert bool(list(cases(tables_of(*attempts(fared)), []))) is troubled


def test_of_many_sources_chance_troubles_some(tables_of: Make, attempts: Make) -> None:
    """Three SYNs in vain of three have p = 8e-6: too much for one source, not for the worst of thousands."""
    ill, well = (
        attempts(["silent"] * 3),
        [row | {"src": f"198.18.{at // 250}.{at % 250}"} for at, row in enumerate(attempts(["ok"] * 2000))],
    )
    assert len(list(cases(tables_of(*ill, *well[:500]), []))) == 1
    assert list(cases(tables_of(*ill, *well), [])) == []


def test_one_client_that_tries_and_tries(tables_of: Make, attempt: Make) -> None:
    assert len(list(cases(tables_of(attempt(0, how="silent", syn_count=9, packets_out=9)), []))) == 1
    assert list(cases(tables_of(attempt(0, how="silent")), [])) == []


def test_scanners_get_no_case(tables_of: Make, attempt: Make) -> None:
    assert list(cases(tables_of(*(attempt(at, how="silent", dport=at + 1) for at in range(30))), [])) == []


def test_a_lossy_path_alone_is_no_trouble(tables_of: Make, attempts: Make) -> None:
    rows = attempts((["silent"] + ["ok"] * 15) * 6)
    for row in rows[::16]:  # a second SYN was answered
        row |= {"syn_count": 2, "answer": Answer.SYN_ACK, "synack_ns": row["syn_ns"] + 10**9, "answer_ns": row["syn_ns"] + 10**9}
    tables = tables_of(*rows)
    assert (outcomes(tables.columns, tables.last_ns) == Outcome.SILENT).sum() == 6
    assert list(cases(tables, [])) == []

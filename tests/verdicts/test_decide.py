"""Verdicts: for whom, ranked how, told how."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.detectors.detector import detectors
from netdiag.verdicts.decide import decide
from netdiag.verdicts.verdict import Verdict

Make = Callable[..., Any]
ONE_OF_MANY = re.compile(r"(?<![\w.,])1 (were|attempts|connections|services|SYNs|reused ports|packets|failures)\b")


def verdicts(tables: Any) -> list[Verdict]:
    return decide(tables, [finding for detector in detectors() for finding in detector.detect(tables)])


def test_healthy_sources_get_none(tables_of: Make, attempts: Make) -> None:
    assert verdicts(tables_of()) == []
    assert verdicts(tables_of(*attempts(["ok"] * 50))) == []


@pytest.mark.parametrize(
    ("fared", "first"),
    [
        (["ok"] * 10 + ["silent"] * 10 + ["ok"] * 20, "per-source-penalty"),
        (["ok"] * 5 + ["prohibited"] * 10, "per-source-penalty"),
        (["ok"] * 10 + ["wrong-ack"] * 10, "tcp-state-collision"),
    ],
)
def test_the_likeliest_comes_first_and_a_second_is_named(tables_of: Make, attempts: Make, fared: list[str], first: str) -> None:
    others = [row | {"src": "192.0.2.99"} for row in attempts(["ok"] * 40)]
    (verdict,) = verdicts(tables_of(*attempts(fared), *others))
    assert verdict.source == "192.0.2.7"
    assert verdict.causes[0].slug == first
    assert len(verdict.causes) >= 2
    weights = [cause.weight for cause in verdict.causes]
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)
    assert 0 < verdict.confidence <= 1
    assert first in verdict.summary
    assert f"Runner-up ({verdict.causes[1].weight:.0%}): {verdict.causes[1].slug}" in verdict.summary
    assert "2023-11-14T22:13:" in verdict.summary
    assert "\n" not in verdict.summary


def test_silence_of_the_service_is_told_as_such(tables_of: Make, attempts: Make) -> None:
    (verdict,) = verdicts(tables_of(*attempts(["silent"] * 6)))
    assert verdict.causes[0].slug == "dead-destination"
    assert "6 of 6 connection attempts went wrong" in verdict.summary


def test_reuse_is_compared_with_fresh_ports(tables_of: Make, attempts: Make, attempt: Make) -> None:
    reused = [attempt(50 + at, 20000 + at, "silent", prev_id=at, prev_gap_ns=10**9) for at in range(6)]
    kept = [attempt(60 + at, 20010 + at, "ok", prev_id=10 + at, prev_gap_ns=6 * 10**10) for at in range(6)]
    (verdict,) = verdicts(tables_of(*attempts(["ok"] * 20), *reused, *kept))
    assert verdict.causes[0].slug == "port-cool-down"
    assert "From reused ports 6 of 12 attempts failed, from fresh ones 0 of 20." in verdict.summary


def test_what_the_capture_lacks_lowers_confidence(tables_of: Make, attempts: Make) -> None:
    rows = attempts(["silent"] * 6)
    (whole,), (torn,) = verdicts(tables_of(*rows)), verdicts(tables_of(*rows, quality={"capture_drops": 5}))
    assert torn.confidence < whole.confidence


def test_sources_come_in_order(tables_of: Make, attempts: Make) -> None:
    rows = [row | {"src": f"192.0.2.{last}"} for last in (9, 8) for row in attempts(["silent"] * 6)]
    assert [verdict.source for verdict in verdicts(tables_of(*rows))] == ["192.0.2.8", "192.0.2.9"]


def test_weak_evidence_is_told(tables_of: Make, attempts: Make) -> None:
    """Failures here and there, nobody to compare with, no mark of any cause."""
    (verdict,) = verdicts(tables_of(*attempts(["silent" if at in (1, 4, 6, 7, 13, 17, 18, 22) else "ok" for at in range(24)])))
    assert verdict.confidence < 0.3
    assert "the evidence fits no cause well" in verdict.summary


@pytest.mark.parametrize("seed", range(40))
def test_no_facts_are_an_error(tables_of: Make, attempt: Make, seed: int) -> None:
    random = np.random.default_rng(seed)
    ways = ("ok", "open", "silent", "reset", "prohibited", "wrong-ack")
    loose = {"prev_id": (-1, 5), "tls": (0, 4), "phase": (0, 8), "prev_gap_ns": (-5, 10**10), "retrans_in": (0, 9)}
    rows = [
        attempt(float(random.integers(50)), int(random.integers(1024, 1034)), str(random.choice(ways)))
        | {name: int(random.integers(low, high)) for name, (low, high) in loose.items()}
        for _ in range(int(random.integers(1, 60)))
    ]
    for verdict in verdicts(tables_of(*rows)):
        assert sum(cause.weight for cause in verdict.causes) == pytest.approx(1)
        assert 0 <= verdict.confidence <= 1
        assert len(verdict.causes) >= 2
        assert "nan" not in verdict.summary
        told = [verdict.summary, *(cause.reason for cause in verdict.causes)]
        assert not [text for text in told if ONE_OF_MANY.search(text)]


@pytest.mark.parametrize(
    ("late", "lost", "fine", "told"),
    [
        (0, 6, 6, "is failing: 6 of 12 connection attempts went wrong since {at} (6 got no answer in time); none got through."),
        (6, 0, 6, "is slow: 6 of 12 connection attempts went wrong since {at} (6 got no answer in time); 6 got through later."),
        (
            5,
            4,
            60,
            "had trouble: 9 of 69 connection attempts went wrong since {at} (9 got no answer in time); 5 got through later, 4 did not.",
        ),
    ],
)
def test_failing_is_told_from_slow(tables_of: Make, attempts: Make, attempt: Make, late: int, lost: int, fine: int, told: str) -> None:
    """A SYN that was answered only when it was repeated cost a second, not the connection."""
    repeated = [attempt(at, 30000 + at, syn_count=2) for at in range(late)]
    for row in repeated:
        row["answer_ns"] += 2 * 10**9
    gone = [attempt(10 + at, 31000 + at, "silent") for at in range(lost)]
    healthy = [row | {"syn_ns": row["syn_ns"] + 10**11, "first_ns": row["first_ns"] + 10**11} for row in attempts(["ok"] * fine)]
    (verdict,) = verdicts(tables_of(*repeated, *gone, *healthy))
    begin = "2023-11-14T22:13:20.000000000Z" if late else "2023-11-14T22:13:30.000000000Z"
    assert told.format(at=begin) in verdict.summary


def test_a_retry_from_another_port_is_no_failure_for_good(tables_of: Make, attempts: Make, attempt: Make) -> None:
    rejected = [attempt(50 + at, 20000 + at, "wrong-ack", isn_out=at, syn_tsval=1000) for at in range(4)]
    again = [attempt(51 + at, 25000 + at, isn_out=at, syn_tsval=2000) for at in range(3)]
    (verdict,) = verdicts(tables_of(*attempts(["ok"] * 50), *rejected, *again))
    assert "had trouble: 4 of 57 connection attempts" in verdict.summary
    assert "; 3 got through later (3 by a retry from another port), 1 did not. " in verdict.summary


def test_one_is_told_as_one(tables_of: Make, stalled: Make) -> None:
    (verdict,) = verdicts(tables_of(stalled(0, 4)))
    assert "is failing: 1 of 1 connection attempt went wrong" in verdict.summary

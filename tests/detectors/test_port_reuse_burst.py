"""Bursts, chance, and harm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections.connection import Close
from netdiag.detectors.port_reuse_burst import DETECTOR
from netdiag.findings.finding import Severity

Make = Callable[..., Any]


def attempts(
    attempt: Make, ports: list[int], gap_s: float = 1.0, fails: Callable[[bool], bool] = lambda reused: False
) -> list[dict[str, Any]]:
    """One attempt from each port in turn, with what a tracker says of those used before."""
    seen: dict[int, int] = {}
    rows = []
    for at, port in enumerate(ports):
        row = attempt(at * gap_s, port, "wrong-ack" if fails(port in seen) else "ok")
        if port in seen:
            row |= {"prev_id": seen[port], "prev_gap_ns": round((at - seen[port]) * gap_s * 1e9), "prev_close": Close.HALF_OPEN}
        seen[port] = at
        rows.append(row)
    return rows


def test_alarm_on_a_narrow_pool(tables_of: Make, attempt: Make) -> None:
    ports = np.random.default_rng(1).integers(20000, 20064, 200).tolist()
    (finding,) = DETECTOR.detect(tables_of(*attempts(attempt, ports, 0.1)))
    metrics = finding.metrics
    assert finding.severity == Severity.LOW
    assert (metrics["reuses"], metrics["ports"]) == (200 - len(set(ports)), len(set(ports)))
    assert metrics["pool_interval"][0] < 64 < metrics["pool_interval"][1]
    assert metrics["p_value"] < 1e-6
    assert metrics["expected_reuses"] == pytest.approx(200**2 / (2 * 14116), rel=0.05)
    assert metrics["min_gap_s"] <= metrics["median_gap_s"]
    assert finding.destination == "198.51.100.1:443"


def test_alarm_is_graver_with_harm(tables_of: Make, attempt: Make) -> None:
    ports = [20000, 20001, 20002, 20000, 20000, 20000]
    (finding,) = DETECTOR.detect(tables_of(*attempts(attempt, ports, fails=lambda reused: reused)))
    assert finding.severity == Severity.MEDIUM
    assert finding.metrics["refused"] == 3


def test_a_port_reused_right_after_its_close(tables_of: Make, attempt: Make) -> None:
    rows = [attempt(0, 20000), attempt(0.5, 20000, prev_id=0, prev_gap_ns=4 * 10**8, prev_close=Close.CLOSED)]
    assert [finding.severity for finding in DETECTOR.detect(tables_of(*rows))] == [Severity.INFO]
    rows[1]["prev_close"] = Close.OPEN
    assert DETECTOR.detect(tables_of(*rows)) == []


def test_calm_when_a_host_cycles_through_its_ports(tables_of: Make, attempt: Make) -> None:
    """Linux comes back to a port after thousands of others (3090 measured)."""
    ports = [32768 + 2 * (at % 3090) for at in range(3300)]
    assert DETECTOR.detect(tables_of(*attempts(attempt, ports, 0.01))) == []


def test_calm_on_a_birthday_now_and_then(tables_of: Make, attempt: Make) -> None:
    random = np.random.default_rng(2)
    for _ in range(5):
        ports = random.integers(1024, 1024 + 28232, 500).tolist()
        assert DETECTOR.detect(tables_of(*attempts(attempt, ports, 5))) == []


def test_calm_on_a_fixed_low_port(tables_of: Make, attempt: Make) -> None:
    assert DETECTOR.detect(tables_of(*attempts(attempt, [179] * 10))) == []


def test_a_step_in_the_gap_is_told_where_fresh_ports_fare_better(tables_of: Make, attempt: Make) -> None:
    rng, used, rows = np.random.default_rng(7), dict[int, tuple[int, float]](), []
    for at in range(400):
        port, now = 20480 + int(rng.integers(128)), at / 4
        before, since = used.get(port, (-1, -10.0))
        fine = now >= since + 10
        row = attempt(
            now, port, "ok" if fine else "silent", prev_id=before, prev_gap_ns=round((now - since) * 1e9), prev_close=Close.CLOSED
        )
        rows.append(row)
        used[port] = (at, now if fine else since)
    (finding,) = DETECTOR.detect(tables_of(*rows))
    low, high = finding.metrics["cool_down_interval_s"]
    assert low <= 10 <= high + 0.1
    assert finding.metrics["nat_profiles"] == ["Azure load balancer (201 to 400 hosts)"]
    assert finding.metrics["effect"] > 10
    assert "which fits Azure load balancer (201 to 400 hosts)" in finding.summary


def test_calm_on_what_one_of_many_sources_shows_by_chance(tables_of: Make, attempt: Make) -> None:
    """One quick reuse is a remark in a small capture; among hundreds of sources somebody draws the same port twice."""
    quick = [attempt(0, 20000), attempt(0.5, 20000, prev_id=0, prev_gap_ns=4 * 10**8, prev_close=Close.CLOSED)]
    others = [attempt(1 + at, 20000 + at, src=f"198.18.{at // 250}.{at % 250}") for at in range(500)]
    assert len(DETECTOR.detect(tables_of(*quick, *others[:20]))) == 1
    assert DETECTOR.detect(tables_of(*quick, *others)) == []


def test_time_orders_attempts_not_their_rows(tables_of: Make, attempt: Make) -> None:
    rows = attempts(attempt, np.random.default_rng(1).integers(20000, 20064, 200).tolist(), 0.1)
    told = [DETECTOR.detect(tables_of(*order))[0].metrics for order in (rows, rows[::-1])]
    names = ("quick_reuses", "quick_expected", "quick_p_value", "reuses", "median_gap_s")
    assert [told[0][name] for name in names] == [told[1][name] for name in names]

"""Ports drawn from pools of known size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections.connection import Close
from netdiag.findings.pool import aligned_block, in_words, pool

Make = Callable[..., Any]


def drawn(tables_of: Make, attempt: Make, ports: list[int], gap_s: float = 90.0) -> dict[str, Any]:
    seen: dict[int, int] = {}
    rows = []
    for at, port in enumerate(ports):
        close = Close.RESET if at % 2 else Close.CLOSED
        before = {"prev_id": seen[port], "prev_gap_ns": round((gap_s + at) * 1e9), "prev_close": close} if port in seen else {}
        rows.append(attempt(at, port, **before))
        seen[port] = at
    return pool(tables_of(*rows).columns)


@pytest.mark.parametrize("size", [32, 64, 256, 1024])
def test_the_interval_holds_the_pool(tables_of: Make, attempt: Make, size: int) -> None:
    facts = drawn(tables_of, attempt, np.random.default_rng(size).integers(20480, 20480 + size, 400).tolist())
    low, high = facts["pool_interval"]
    assert low <= size <= high
    assert low <= facts["pool_estimate"] <= high
    assert any(name.startswith("Azure load balancer") for name in facts["nat_profiles"])
    assert facts["aligned_block"] is not None
    assert facts["min_gap_after_fin_s"] > 90
    assert f"from a pool of {low:,.0f} to {high:,.0f} ports, which fits" in in_words(facts)


def test_no_pair_no_upper_bound(tables_of: Make, attempt: Make) -> None:
    facts = drawn(tables_of, attempt, [20000 + 97 * at for at in range(40)])
    assert (facts["pool_estimate"], facts["pool_interval"][1], facts["nat_profiles"]) == (None, None, [])
    assert (facts["min_gap_after_fin_s"], facts["min_gap_after_reset_s"]) == (None, None)
    assert facts["pool_interval"][0] > 100
    assert in_words(facts) == ""


def test_a_pool_that_nobody_documents(tables_of: Make, attempt: Make) -> None:
    facts = drawn(tables_of, attempt, np.random.default_rng(3).integers(20000, 20040, 400).tolist())
    assert facts["nat_profiles"] == []
    assert in_words(facts).endswith("which fits no documented NAT")


def test_few_ports_lie_in_a_block_by_chance() -> None:
    assert aligned_block(np.array([20480, 20500])) is None
    assert aligned_block(np.array([20480, 20500, 20510, 20490])) == [20480, 20511]

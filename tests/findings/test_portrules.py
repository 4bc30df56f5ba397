"""Devices that block single ports, played by hand: each is told from the other, from chance and from a ban of the source."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections.columns import Columns
from netdiag.findings.portrules import BETTER, better, blocked_key, port_rules

Make = Callable[..., Any]
Device = Callable[[int, float], bool]


def counting(limit: int, window_s: float, penalty_s: float) -> Device:
    """Lets a port open `limit` connections in a window, then blocks it for a fixed time."""
    until: dict[int, float] = {}
    uses: dict[int, list[float]] = {}

    def passes(port: int, now: float) -> bool:
        if now < until.get(port, 0.0):
            return False
        recent = uses[port] = [use for use in uses.get(port, []) if use > now - window_s] + [now]
        if len(recent) > limit:
            until[port], uses[port] = now + penalty_s, []
        return len(recent) <= limit

    return passes


def cooling(hold_s: float) -> Device:
    """Refuses a port that was used less than `hold_s` ago; a refused SYN is no use."""
    used: dict[int, float] = {}

    def passes(port: int, now: float) -> bool:
        ok = now >= used.get(port, -hold_s) + hold_s
        if ok:
            used[port] = now
        return ok

    return passes


def played(tables_of: Make, attempt: Make, device: Device, seed: int, ports: int = 24, count: int = 400) -> Columns:
    """Attempts at random times from random ports, as `port_rules` takes them."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.exponential(1 / 8, count)).round(6).tolist()
    chosen = (30000 + rng.integers(ports, size=count)).tolist()
    rows = [attempt(at, port, "ok" if device(port, at) else "silent") for at, port in zip(times, chosen, strict=True)]
    own: Columns = tables_of(*rows).columns
    accepted = own["synack_ns"] > 0
    return own.joined({"accepted": accepted, "blocked": ~accepted})


@pytest.mark.parametrize("seed", range(5))
def test_a_penalty_by_port_is_no_cool_down(tables_of: Make, attempt: Make, seed: int) -> None:
    best, *others = port_rules(played(tables_of, attempt, counting(2, 5.0, 7.0), seed))
    assert (best.kind, best.limit) == ("fixed", 2)
    assert best.interval_s[1] is not None
    assert best.interval_s[0] <= 7.0 <= best.interval_s[1]
    assert best.rate_per_s is not None
    assert best.rate_per_s[0] <= 2 / 5 <= best.rate_per_s[1]
    assert best.p_value < 1e-20
    assert all(better(best.right, other.right) < BETTER for other in others)


@pytest.mark.parametrize("seed", range(5))
def test_a_cool_down_is_a_step_in_the_gap(tables_of: Make, attempt: Make, seed: int) -> None:
    rules = port_rules(played(tables_of, attempt, cooling(4.0), seed))
    step = next(rule for rule in rules if rule.kind == "cool-down")
    assert step.wrong == 0
    assert step.interval_s[1] is not None
    assert step.interval_s[0] <= 4.0 <= step.interval_s[1] + 0.01
    assert step.p_value < 1e-20
    assert all(better(rule.right, step.right) >= BETTER for rule in rules)


@pytest.mark.parametrize("seed", range(5))
def test_loss_follows_no_rule(tables_of: Make, attempt: Make, seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    rules = port_rules(played(tables_of, attempt, lambda port, now: rng.random() < 0.7, seed))
    assert min(rule.p_value for rule in rules) > 1e-3


def test_nothing_to_compare(tables_of: Make, attempt: Make) -> None:
    assert port_rules(played(tables_of, attempt, lambda port, now: True, 1)) == []
    assert port_rules(played(tables_of, attempt, lambda port, now: port % 2 == 0, 1)) == []  # a broken member of a bundle


def test_a_port_that_stays_blocked_has_no_longest_time(tables_of: Make, attempt: Make) -> None:
    rules = port_rules(played(tables_of, attempt, counting(3, 60.0, 1e6), 2))
    best = next(rule for rule in rules if rule.kind == "fixed")
    assert (best.length_s, best.interval_s[1]) == (None, None)


def test_better_counts_only_where_two_rules_differ() -> None:
    one, other = np.array([1] * 10 + [0] * 90, bool), np.zeros(100, bool)
    assert better(one, other) == pytest.approx(2**-10)
    assert better(one, one) == 1.0


@pytest.mark.parametrize(("how", "key"), [("ok", "4-tuple"), ("silent", "port")])
def test_the_same_port_at_another_service(tables_of: Make, attempt: Make, how: str, key: str) -> None:
    here = [attempt(at, 30000 + at % 3, "silent" if at > 5 else "ok") for at in range(20)]
    there = [attempt(at + 0.2, 30000 + at % 3, how, dport=8443) for at in range(8, 20)]
    far = [attempt(at + 300, 30000 + at % 3, "ok", dport=8443) for at in range(8, 20)]  # long after: says nothing
    every = tables_of(*here, *there, *far).columns
    every = every.joined({"accepted": every["synack_ns"] > 0, "blocked": every["synack_ns"] == 0})
    assert blocked_key(every.taken(every["dport"] == 443), every) == key

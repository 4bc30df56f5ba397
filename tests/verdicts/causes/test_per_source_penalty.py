"""Trips of flood-control-trip are what it explains."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netdiag.verdicts.causes import port_cool_down
from netdiag.verdicts.causes.per_source_penalty import CHOSEN, weigh

Make = Callable[..., Any]


def test_a_ban_that_others_do_not_share(case_of: Make, attempts: Make) -> None:
    others = [row | {"src": "192.0.2.99"} for row in attempts(["ok"] * 40)]
    found = weigh(case_of(*attempts(["ok"] * 10 + ["silent"] * 10 + ["ok"] * 20), *others))
    assert (found.explained, found.sure) == (10, 0.9)
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_no_trip_explains_nothing(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["ok", "silent"] * 4))).explained == 0


def test_blocked_port_by_port(case_of: Make, attempt: Make) -> None:
    """Each port works twice, is blocked for eight seconds, and works again: no cool-down, which would refuse the second use."""
    rng, uses, until, rows = np.random.default_rng(4), dict[int, int](), dict[int, float](), []
    for at in range(300):
        now, port = at / 8, 30000 + int(rng.integers(12))
        uses[port] = uses.get(port, 0) + (now >= until.get(port, 0.0))
        if uses[port] == 3:
            uses[port], until[port] = 0, now + 8
        rows.append(attempt(now, port, "silent" if now < until.get(port, 0.0) else "ok", prev_id=0 if at else -1, prev_gap_ns=10**9))
    case = case_of(*rows)
    penalty, cool_down = weigh(case), port_cool_down.weigh(case)
    assert penalty.explained == int(case.failed.sum()) > 100
    assert penalty.score > 0.8 * penalty.explained
    assert "contradicts 0 of 300 attempts" in penalty.reason
    assert cool_down.score < 0.01 * cool_down.explained


def test_a_cool_down_of_ports_may_be_a_penalty_for_one_use(case_of: Make, attempt: Make) -> None:
    """Every port is refused within 10 s of its last use; a control that tolerates one use in that time would look nearly the same."""
    rng, used, rows = np.random.default_rng(4), dict[int, float](), []
    for at in range(300):
        now, port = at / 4, 30000 + int(rng.integers(40))
        fine = now >= used.get(port, -10.0) + 10
        rows.append(
            attempt(now, port, "ok" if fine else "silent", prev_id=0 if at else -1, prev_gap_ns=round((now - used.get(port, now)) * 1e9))
        )
        used[port] = now if fine else used[port]
    case = case_of(*rows)
    penalty, cool_down = weigh(case), port_cool_down.weigh(case)
    assert cool_down.explained == int(case.failed.sum()) > 100
    assert penalty.score < cool_down.score


def test_all_fail_amid_the_failures_that_others_never_meet(case_of: Make, attempts: Make) -> None:
    """Six attempts are too few for a trip, yet a full queue would not spare sources beside them."""
    blocked = [row | {"src": f"192.0.2.{host}"} for host in (1, 2, 3) for row in attempts(["silent"] * 6, 0.4)]
    served = [row | {"src": f"192.0.2.{host}"} for host in (8, 9) for row in attempts(["ok"] * 8, 0.25)]
    found = weigh(case_of(*blocked, *served))
    assert found.sure == CHOSEN
    assert found.explained >= 4
    assert found.counts["spared"] >= 10
    assert "chooses its sources" in found.reason
    alike = [row | {"src": f"192.0.2.{host}"} for host in (8, 9) for row in attempts(["ok", "silent"] * 4, 0.25)]
    assert weigh(case_of(*blocked, *alike)).explained == 0

"""Trouble of all is the server; trouble of one is not."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.case import REPEATED_NS
from netdiag.verdicts.causes.server_overload import HEARD, LOST, SPARED, weigh

Make = Callable[..., Any]


def test_others_fail_as_much(case_of: Make, attempts: Make) -> None:
    rows = attempts(["ok", "silent"] * 10)
    found = weigh(case_of(*rows, *(row | {"src": "192.0.2.99"} for row in rows)))
    assert (found.explained, found.sure) == (10, 1)


def test_others_are_fine(case_of: Make, attempts: Make) -> None:
    others = [row | {"src": "192.0.2.99"} for row in attempts(["ok"] * 20)]
    assert weigh(case_of(*attempts(["ok", "silent"] * 10), *others)).explained == 0


def test_alone_it_stays_possible(case_of: Make, attempts: Make) -> None:
    found = weigh(case_of(*attempts(["ok", "silent"] * 10)))
    assert (found.explained, round(found.sure, 3)) == (10, 0.1)


def test_accepted_and_then_deaf(case_of: Make, stalled: Make) -> None:
    found = weigh(case_of(stalled(0, 2), stalled(1, 2)))
    assert (found.explained, found.sure) == (2, 0.8)


def test_a_full_queue_repeats_its_syn_ack(case_of: Make, stalled: Make) -> None:
    row = stalled(0, 2)
    late = {"last_ns": row["synack_ns"] + REPEATED_NS}
    once, twice = case_of(row | late), case_of(row | late | {"synack_count": 2})
    assert [round(weigh(one).sure, 3) for one in (once, twice)] == [HEARD, LOST]
    assert "not repeated" in weigh(once).reason


def test_the_loss_that_all_have_is_no_overload(case_of: Make, attempts: Make) -> None:
    others = [row | {"src": "192.0.2.99"} for row in attempts(["ok"] * 95 + ["silent"] * 5)]
    assert weigh(case_of(*attempts(["ok"] * 5 + ["silent"] * 5), *others)).explained == 0


def test_a_full_queue_spares_nobody(case_of: Make, attempts: Make) -> None:
    blocked = [row | {"src": f"192.0.2.{host}"} for host in (1, 2, 3) for row in attempts(["silent"] * 6, 0.4)]
    served = [row | {"src": f"192.0.2.{host}"} for host in (8, 9) for row in attempts(["ok"] * 8, 0.25)]
    case = case_of(*blocked, *served)
    assert weigh(case).sure == SPARED
    assert "sources that were spared" in weigh(case).reason

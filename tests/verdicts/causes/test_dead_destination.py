"""Nobody is accepted there; a firewall that says so is another cause."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.dead_destination import weigh

Make = Callable[..., Any]


def test_nobody_is_accepted(case_of: Make, attempts: Make) -> None:
    found = weigh(case_of(*attempts(["silent"] * 5 + ["reset"] * 2)))
    assert (found.explained, found.counts["refused"]) == (7, 2)


def test_somebody_else_is_accepted(case_of: Make, attempts: Make) -> None:
    others = [row | {"src": "192.0.2.99"} for row in attempts(["ok"])]
    assert weigh(case_of(*attempts(["silent"] * 5), *others)).explained == 0


def test_a_firewall_is_no_dead_host(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["prohibited"] * 3 + ["silent"] * 5))).explained == 0


def test_icmp_host_unreachable(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["prohibited"] * 4, icmp_code=1))).explained == 4

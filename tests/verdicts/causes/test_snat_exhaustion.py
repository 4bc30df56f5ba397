"""Failures start where a profile ends."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.snat_exhaustion import weigh

Make = Callable[..., Any]


def test_all_64_ports_in_use(case_of: Make, attempts: Make) -> None:
    found = weigh(case_of(*attempts(["ok"] * 64 + ["silent"] * 10, 0.1)))
    assert found.explained == 10
    assert found.counts["profile"] == 64


def test_no_profile_no_exhaustion(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["ok"] * 45 + ["silent"] * 10, 0.1))).explained == 0


def test_more_than_the_profile_was_possible(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["ok"] * 64 + ["silent"] * 40 + ["ok"] * 300, 0.1))).explained == 0

"""Trips of flood-control-trip are what it explains."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.per_source_penalty import weigh

Make = Callable[..., Any]


def test_a_ban_that_others_do_not_share(case_of: Make, attempts: Make) -> None:
    others = [row | {"src": "192.0.2.99"} for row in attempts(["ok"] * 40)]
    found = weigh(case_of(*attempts(["ok"] * 10 + ["silent"] * 10 + ["ok"] * 20), *others))
    assert (found.explained, found.sure) == (10, 0.9)
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_no_trip_explains_nothing(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["ok", "silent"] * 4))).explained == 0

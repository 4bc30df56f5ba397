"""Flights repeated in vain count in full."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.mtu_black_hole import weigh

Make = Callable[..., Any]


def test_repeated_in_vain(case_of: Make, stalled: Make) -> None:
    assert weigh(case_of(stalled(0, 4, retrans_in=4))).sure == 1
    assert weigh(case_of(stalled(0, 4))).sure < 0.5
    assert weigh(case_of(stalled(0, 3))).explained == 0

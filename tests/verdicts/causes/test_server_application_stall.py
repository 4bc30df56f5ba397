"""Acknowledged, then silence."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.server_application_stall import weigh

Make = Callable[..., Any]


def test_phases_of_the_server(case_of: Make, stalled: Make) -> None:
    found = weigh(case_of(stalled(0, 3), stalled(1, 5), stalled(2, 7), stalled(3, 6)))
    assert (found.explained, found.possible) == (3, 4)

"""The client has the flight and is silent."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.client_stall import weigh

Make = Callable[..., Any]


def test_phase_of_the_client(case_of: Make, stalled: Make) -> None:
    found = weigh(case_of(stalled(0, 6), stalled(1, 3)))
    assert (found.explained, found.possible) == (1, 2)

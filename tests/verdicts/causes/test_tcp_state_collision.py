"""Wrong ACKs are counted; without them nothing is explained."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.tcp_state_collision import weigh

Make = Callable[..., Any]


def test_rejections_of_reused_ports(case_of: Make, attempts: Make, attempt: Make) -> None:
    rejected = [attempt(20 + at, 20000 + at, "wrong-ack", prev_id=at, wrong_ack_id=at) for at in range(5)]
    found = weigh(case_of(*attempts(["ok"] * 10), *rejected))
    assert (found.explained, found.possible) == (5, 5)
    assert found.p_value is not None
    assert found.p_value < 1e-3


def test_silence_is_something_else(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["ok", "silent", "silent", "silent"]))).explained == 0

"""A flow that fails for ever is its mark."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.path_loss import weigh

Make = Callable[..., Any]


def test_the_same_flows_fail_for_ever(case_of: Make, attempt: Make) -> None:
    rows = [attempt(at, 20000 + at % 8, "silent" if at % 8 == 0 else "ok") for at in range(64)]
    found = weigh(case_of(*rows))
    assert found.explained == 7  # eight attempts of one flow: seven follow a failure
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_a_flow_that_recovers_is_not_lost(case_of: Make, attempt: Make) -> None:
    rows = [attempt(at, 20000 + at % 8, "silent" if at % 8 < 2 and at < 32 else "ok") for at in range(64)]
    assert weigh(case_of(*rows)).explained == 0


def test_lost_hellos_count_half(case_of: Make, stalled: Make) -> None:
    found = weigh(case_of(stalled(0, 2), stalled(1, 2)))
    assert (found.explained, found.sure) == (2, 0.5)

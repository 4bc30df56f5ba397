"""Every k-th attempt fails: strictly, or it is something else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.verdicts.causes.failing_back_end import weigh

Make = Callable[..., Any]


@pytest.mark.parametrize("k", [2, 3, 5])
def test_in_turn(case_of: Make, attempts: Make, k: int) -> None:
    found = weigh(case_of(*attempts(["silent" if at % k == 1 else "ok" for at in range(40)])))
    assert found.explained == len(range(1, 40, k))
    assert found.p_value is not None
    assert found.p_value < 1e-3
    assert f"One of every {k}" in found.reason


def test_at_random_is_not_in_turn(case_of: Make, attempts: Make) -> None:
    random = np.random.default_rng(2)
    assert weigh(case_of(*attempts(["silent" if random.random() < 0.5 else "ok" for _ in range(200)]))).explained == 0


def test_a_ban_and_too_few_are_not(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["ok"] * 10 + ["silent"] * 10 + ["ok"] * 10))).explained == 0
    assert weigh(case_of(*attempts(["silent", "ok"] * 5))).explained == 0


def test_stalls_in_turn(case_of: Make, stalled: Make, attempt: Make) -> None:
    rows = [stalled(at * 20, 3) if at % 2 else attempt(at * 20, 50000 + at) for at in range(24)]
    assert weigh(case_of(*rows)).explained == 12

"""A spike in the times after which clients give up is their deadline."""

import numpy as np
import pytest

from netdiag.findings.deadlines import deadline_s


def test_a_spike_is_a_deadline() -> None:
    assert deadline_s(np.array([10.001, 10.02, 9.99, 3.0, 7.2])) == pytest.approx(10, abs=0.02)


@pytest.mark.parametrize("lasted", [[], [10.0, 10.0], [1.0, 2.0, 4.0, 8.0], [10.0, 10.0, 10.0, 1, 2, 3, 4, 5, 6, 7]])
def test_nothing_without_one(lasted: list[float]) -> None:
    assert deadline_s(np.array(lasted)) is None


def test_chance_makes_none() -> None:
    dice = np.random.default_rng(1)
    assert sum(deadline_s(dice.exponential(5, 30)) is not None for _ in range(200)) == 0

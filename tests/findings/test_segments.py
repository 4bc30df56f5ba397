"""Changes of a rate are found where they are, and only there."""

from itertools import combinations
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.findings.segments import UNITS, split


def series(text: str) -> np.ndarray:
    return np.array([letter == "S" for letter in text])


def cost(part: np.ndarray) -> float:
    n, k = len(part), int(part.sum())
    return -sum(x * log(x / n) for x in (k, n - k) if x)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.booleans(), min_size=1, max_size=9))
def test_no_split_is_cheaper(outcomes: list[bool]) -> None:
    values, price = np.array(outcomes), 2.0 * log(max(len(outcomes), 2))

    def total(stretches: list[tuple[int, int]]) -> float:
        return sum(cost(values[a:b]) for a, b in stretches) + price * len(stretches)

    every = (
        list(zip((0, *cuts), (*cuts, len(values)), strict=True))
        for size in range(len(values))
        for cuts in combinations(range(1, len(values)), size)
    )
    assert total(split(values)) == pytest.approx(min(map(total, every)))


def test_a_ban_is_one_stretch() -> None:
    assert split(series("S" * 30 + "." * 72 + "S" * 28)) == [(0, 30), (30, 102), (102, 130)]


def test_loss_at_random_is_no_change() -> None:
    random = np.random.default_rng(1)
    assert sum(len(split(random.random(1000) > 0.05)) > 1 for _ in range(100)) <= 1


def test_a_long_series_is_merged_but_still_split() -> None:
    random = np.random.default_rng(2)
    outcomes = np.concatenate([random.random(50_000) > 0.3, random.random(50_000) > 0.7])
    assert np.flatnonzero(np.diff(outcomes)).size > UNITS
    assert [abs(start - 50_000) < 500 for start, _ in split(outcomes)[1:]] == [True]


def test_nothing_has_no_stretches() -> None:
    assert split(series("")) == []

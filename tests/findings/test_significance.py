"""Tails against their definitions, summed by exact rationals."""

from fractions import Fraction
from math import comb, exp, factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netdiag.findings.significance import (
    benjamini_hochberg,
    binomial_tail,
    fisher_exact,
    mantel_haenszel,
    poisson_head,
    poisson_interval,
    poisson_tail,
)


@given(st.integers(0, 60), st.floats(0.01, 40))
def test_poisson_tail_is_the_sum_of_its_terms(count: int, mean: float) -> None:
    expected = sum(exp(-mean) * mean**k / factorial(k) for k in range(count, 160))
    assert poisson_tail(count, mean) == pytest.approx(min(1.0, expected), rel=1e-8, abs=1e-14)


@given(st.integers(0, 60), st.floats(0.01, 40))
def test_poisson_head_and_tail_share_everything(count: int, mean: float) -> None:
    assert poisson_head(count, mean) + poisson_tail(count + 1, mean) == pytest.approx(1.0)


@given(st.integers(0, 40), st.integers(0, 40), st.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50))
def test_binomial_tail_is_the_sum_of_its_terms(count: int, trials: int, chance: Fraction) -> None:
    expected = sum(comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(count, trials + 1))
    assert binomial_tail(count, trials, float(chance)) == pytest.approx(float(expected), rel=1e-9, abs=1e-300)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_fisher_is_the_hypergeometric_tail(a: int, b: int, c: int, d: int) -> None:
    row, column, total = a + b, a + c, a + b + c + d
    ways = [comb(column, k) * comb(total - column, row - k) for k in range(a, min(row, column) + 1)]
    assert fisher_exact(a, b, c, d) == pytest.approx(sum(ways) / comb(total, row), rel=1e-9)


def test_known_values() -> None:
    assert fisher_exact(3, 0, 1, 99) == pytest.approx(2.26e-5, rel=1e-2)
    assert fisher_exact(5, 1, 2, 198) == pytest.approx(4.24e-8, rel=1e-2)
    assert poisson_interval(12) == pytest.approx((6.2006, 20.9616), abs=1e-3)
    assert poisson_interval(0) == pytest.approx((0.0, 3.6889), abs=1e-3)


def test_large_counts_neither_overflow_nor_take_for_ever() -> None:
    assert poisson_tail(100_000, 90_000) < 1e-200
    assert poisson_tail(90_000, 100_000) == pytest.approx(1.0)
    assert fisher_exact(50_000, 50_000, 0, 100_000) == 0.0
    assert binomial_tail(600_000, 1_000_000, 0.5) == 0.0


def test_mantel_haenszel_agrees_with_one_table_and_sees_through_a_confounder() -> None:
    one = mantel_haenszel(np.array([[30, 20, 10, 40]]))
    assert one == pytest.approx(fisher_exact(30, 20, 10, 40), rel=0.5)
    confounded = np.array([[45, 5, 9, 1], [1, 9, 5, 45]])  # within each stratum the property does nothing
    assert mantel_haenszel(confounded) > 0.3
    assert fisher_exact(*confounded.sum(axis=0).tolist()) < 1e-5
    assert mantel_haenszel(np.array([[5, 0, 0, 0]])) == 1.0


def test_of_many_tests_fewer_are_told() -> None:
    p_values = np.array([1e-9, 5e-5, 0.02, 1e-6])
    assert benjamini_hochberg(p_values, 4).tolist() == [True, True, False, True]
    assert benjamini_hochberg(p_values, 10_000).tolist() == [True, False, False, True]
    assert benjamini_hochberg(p_values, 10**9).tolist() == [False] * 4
    assert benjamini_hochberg(np.array([]), 100).tolist() == []


def test_the_false_share_is_kept() -> None:
    """A thousand sources of which none is in trouble, a hundred times: something is told in about one run of a hundred."""
    random = np.random.default_rng(5)
    runs = sum(benjamini_hochberg(random.random(1000), 1000).any() for _ in range(300))
    assert runs <= 10

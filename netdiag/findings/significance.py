"""Computes how surprising a count is: exact Poisson, binomial and Fisher tails, Poisson intervals, and many tests at once.

Exact, because the counts that matter here are small (3 of 3 reused ports failed). Sums run in logarithms, so no
count overflows; a tail below the smallest float is returned as 0.0.
"""

from __future__ import annotations

from math import erfc, exp, inf, lgamma, log, log1p

import numpy as np
from numpy.typing import NDArray

FALSE_DISCOVERIES = 0.01
"""Share of what is told of many sources that may be chance."""
TERMS = 200_000
"""Longest sum a tail may need; beyond it the terms left out are smaller than the float's precision."""


def _sum_of_exponentials(logs: NDArray[np.float64]) -> float:
    """The sum of exp(logs), at most 1."""
    if logs.size == 0:
        return 0.0
    top = float(logs.max())
    return 0.0 if top == -inf else min(1.0, exp(top) * float(np.exp(logs - top).sum()))


def _log_factorials(values: NDArray[np.int64]) -> NDArray[np.float64]:
    """ln(v!) of a run of consecutive integers."""
    if values.size == 0:
        return np.zeros(0)
    steps = np.log(np.maximum(values[1:], 1).astype(np.float64))
    return lgamma(int(values[0]) + 1) + np.concatenate([[0.0], np.cumsum(steps)])


def poisson_tail(count: int, mean: float) -> float:
    """P(X >= count) for a Poisson variable of the given mean."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    width = min(TERMS, int(40 * (mean**0.5 + 10)))
    if count <= mean:  # sum the short lower side instead
        return 1.0 - poisson_head(count - 1, mean)
    k = np.arange(count, count + width)
    return _sum_of_exponentials(k * log(mean) - mean - _log_factorials(k))


def poisson_head(count: int, mean: float) -> float:
    """P(X <= count) for a Poisson variable of the given mean."""
    if count < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    if count > mean:
        return 1.0 - poisson_tail(count + 1, mean)
    k = np.arange(max(0, count - min(TERMS, int(40 * (mean**0.5 + 10)))), count + 1)
    return _sum_of_exponentials(k * log(mean) - mean - _log_factorials(k))


def poisson_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    """Exact (Garwood) interval of a Poisson mean of which `count` events were seen."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _root(lambda mean: poisson_tail(count, mean) - tail, 0.0, float(count))
    reach = count + 20 * (count**0.5 + 2)
    high = _root(lambda mean: tail - poisson_head(count, mean), float(count), reach)
    return low, high


def _root(rising: object, low: float, high: float) -> float:
    """Where a rising function crosses zero, by bisection to a relative width below 1e-9."""
    assert callable(rising)
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def binomial_tail(count: int, trials: int, chance: float) -> float:
    """P(X >= count) of `trials` independent trials that succeed with `chance`."""
    if count <= 0:
        return 1.0
    if count > trials or chance <= 0:
        return 0.0
    if chance >= 1:
        return 1.0
    k = np.arange(count, min(trials, count + TERMS) + 1)
    choose = lgamma(trials + 1) - _log_factorials(k) - _log_factorials(trials - k[::-1])[::-1]
    return _sum_of_exponentials(choose + k * log(chance) + (trials - k) * log1p(-chance))


def mantel_haenszel(tables: NDArray[np.int64]) -> float:
    """One-sided Mantel-Haenszel test of strata [a, b, c, d] (as `fisher_exact`): P(the sum of the a is as great by chance).

    Each stratum (a time, a kind of port) is compared within itself only, so that what differs between strata is no effect. The sum is
    taken as normal with the exact mean and variance, less a half for continuity; 1.0 where no stratum can tell.
    """
    a, b, c, d = tables.astype(np.float64).T
    total, row, column = a + b + c + d, a + b, a + c
    tells = total > 1
    a, total, row, column = a[tells], total[tells], row[tells], column[tells]
    mean = row * column / total
    variance = float((mean * (total - row) * (total - column) / (total * (total - 1))).sum())
    if variance <= 0:
        return 1.0
    return min(1.0, 0.5 * erfc((float((a - mean).sum()) - 0.5) / (2 * variance) ** 0.5))


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """One-sided Fisher exact test of the table [[a, b], [c, d]]: P(the upper left cell is a or more by chance).

    Parameters
    ----------
    a, b : int
        Failed and not failed, with the property in question (a reused port, inside a window).
    c, d : int
        Failed and not failed, without it.
    """
    row, column, total = a + b, a + c, a + b + c + d
    if total == 0 or a == 0:
        return 1.0
    k = np.arange(a, min(row, column, a + TERMS) + 1)
    logs = (
        lgamma(row + 1) + lgamma(total - row + 1) + lgamma(column + 1) + lgamma(total - column + 1) - lgamma(total + 1)
        - _log_factorials(k)
        - _log_factorials(row - k[::-1])[::-1]
        - _log_factorials(column - k[::-1])[::-1]
        - _log_factorials(total - row - column + k)
    )  # fmt: skip
    return _sum_of_exponentials(logs)


def benjamini_hochberg(p_values: NDArray[np.float64], tests: int, level: float = FALSE_DISCOVERIES) -> NDArray[np.bool_]:
    """Which of `p_values` may be told, so that at most a share `level` of those told is expected to be chance.

    Parameters
    ----------
    p_values : float array
        The smallest of them, at least all below `level`.
    tests : int
        How many were tested in all, those with larger p-values included.
    """
    ranked = np.sort(p_values)
    fits = np.flatnonzero(ranked <= level * np.arange(1, len(ranked) + 1) / max(tests, len(ranked), 1))
    told: NDArray[np.bool_] = p_values <= ranked[fits[-1]] if fits.size else np.zeros(len(p_values), bool)
    return told

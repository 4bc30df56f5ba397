"""Splits a series of yes-or-no outcomes where its rate changes.

Optimal partitioning with Bernoulli costs: the split of least total cost -ln(likelihood) + penalty per change. Within a
run of equal outcomes the cost is concave in where a change lies, so changes lie between runs: runs are the unit, and
exactness costs O(runs^2) at most.
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

UNITS = 2000
"""Longest series of runs that is split exactly (20 ms); a longer one is first merged into this many pieces."""


def split(outcomes: NDArray[np.bool_], penalty: float = 2.0) -> list[tuple[int, int]]:
    """Stretches [start, end) of constant rate.

    Parameters
    ----------
    outcomes : bool array, in time order
    penalty : float
        Cost of a change in units of ln(n); 2 to 3 is usual for a change of unknown place and size.
    """
    n = len(outcomes)
    if n == 0:
        return []
    edges = np.concatenate([[0], np.flatnonzero(np.diff(outcomes)) + 1, [n]])
    if len(edges) > UNITS + 1:
        edges = edges[np.linspace(0, len(edges) - 1, UNITS + 1).astype(np.int64)]
    successes = np.concatenate([[0], np.cumsum(outcomes)])[edges]
    best, came = np.zeros(len(edges)), np.zeros(len(edges), np.int64)
    price = penalty * log(max(n, 2))
    for k in range(1, len(edges)):
        total = edges[k] - edges[:k]
        costs = best[:k] + _cost(successes[k] - successes[:k], total) + price
        came[k] = costs.argmin()
        best[k] = costs[came[k]]
    stretches = []
    k = len(edges) - 1
    while k > 0:
        stretches.append((int(edges[came[k]]), int(edges[k])))
        k = came[k]
    return stretches[::-1]


def _cost(successes: NDArray[np.int64], total: NDArray[np.int64]) -> NDArray[np.float64]:
    """-ln of the greatest likelihood of `successes` in `total` trials."""
    failures = total - successes
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = -(successes * np.log(successes / total)), -(failures * np.log(failures / total))
    return np.where(successes > 0, terms[0], 0.0) + np.where(failures > 0, terms[1], 0.0)

"""Tells whether a service's failures choose their sources: some fail time and again while others, in the same seconds, never do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import blocks

AMID_NS = 1_000_000_000
"""Within a second of another failure before and another after (the first retransmission timeout, RFC 6298), a server without room
turns everybody away."""
P_VALUE = 0.01
"""How easily chance would spare as many attempts of as few sources, below which it is no chance."""


def amid_failures(service: NDArray[Any], time_ns: NDArray[np.int64], failed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which attempts lie between two other failed ones at the same service, `AMID_NS` away at most on both sides.

    Whether the attempt itself failed plays no part: among the chosen, sources that fare alike fail alike.

    Parameters
    ----------
    service, time_ns : int arrays
        One entry per attempt, in time order.
    failed : bool array

    Returns
    -------
    bool array
    """
    many, amid = len(service), np.zeros(len(service), np.bool_)
    at = np.flatnonzero(failed)
    keys = np.sort(service[at].astype(np.int64) * many + at)  # few: failures service by service, each in time order
    for part in blocks(many if at.size else 0):
        own = service[part].astype(np.int64) * many + np.arange(part.start, part.stop)
        near = (_near(keys, which, own, time_ns) for which in (np.searchsorted(keys, own) - 1, np.searchsorted(keys, own, side="right")))
        amid[part] = np.logical_and(*near)
    return amid


def _near(keys: NDArray[np.int64], which: NDArray[np.int64], own: NDArray[np.int64], time_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether there is such a failure (its number among `keys`) as each attempt names, at its service and not far away in time."""
    many, there = len(time_ns), (which >= 0) & (which < len(keys))
    key = keys[np.where(there, which, 0)]
    near: NDArray[np.bool_] = there & (key // many == own // many) & (np.abs(time_ns[own % many] - time_ns[key % many]) <= AMID_NS)
    return near


def spared(service: NDArray[Any], source: NDArray[Any], failed: NDArray[np.bool_], amid: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Attempts amid failures by sources that then never failed, per service number; 0 where chance may have spared them.

    Chernoff's bound for the number of attempts of sources without a failure, if all attempts fail alike: (1 - p) to the power of that
    number, times 2 - (1 - p)^n for every source with n attempts.

    Parameters
    ----------
    service, source : int arrays
        Numbers per attempt.
    failed, amid : bool arrays

    Returns
    -------
    int64 array
    """
    services = int(service.max(initial=-1)) + 1
    service, source, failed = service[amid], source[amid], failed[amid]
    pairs, which = np.unique(np.stack([service, source]), axis=1, return_inverse=True)
    which = which.reshape(-1)
    tried = np.bincount(which, minlength=pairs.shape[1])
    never = np.bincount(which, failed, minlength=pairs.shape[1]) == 0
    lost, every = np.bincount(service, failed, services), np.bincount(service, minlength=services)
    passes = np.log1p(-np.minimum(lost / np.maximum(every, 1), 1 - 1e-12))
    count = np.bincount(pairs[0], tried * never, services)
    chance = count * passes + np.bincount(pairs[0], np.log(2 - np.exp(passes[pairs[0]] * tried)), services)
    found: NDArray[np.int64] = np.where(chance < np.log(P_VALUE), count, 0).astype(np.int64)
    return found

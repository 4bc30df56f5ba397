"""Finds a limit on how many connections of a source may live at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

LEAST = 2
"""A limit of one connection is a refusal of the second, which has many causes."""


def live_limit(own: Columns, ok: NDArray[np.bool_], refused: NDArray[np.bool_], exceptions: float) -> int | None:
    """Number of live connections from which on attempts were refused, if that tells accepted from refused.

    Parameters
    ----------
    own : Columns
        Attempts of one source in time order.
    exceptions : float
        Share of the attempts that may contradict the limit.
    """
    found = (_limit(own["syn_ns"], closed, ok, refused, exceptions) for closed in _closed(own))
    return next((limit for limit in found if limit is not None), None)


def _closed(own: Columns) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When each connection ended: with the second FIN, or with the first, as simpler limiters have it; a reset ends it at once."""
    fins = np.stack([own["fin_out_ns"], own["fin_in_ns"]], axis=1)
    never = np.iinfo(np.int64).max
    both = np.where((fins > 0).all(axis=1), fins.max(axis=1), never)
    first = np.where(fins > 0, fins, never).min(axis=1)
    for column in ("rst_out_ns", "rst_in_ns"):
        reset_ns = own[column]
        both, first = (np.where(reset_ns > 0, np.minimum(closed, reset_ns), closed) for closed in (both, first))
    return both, first


def _limit(
    times: NDArray[np.int64], closed: NDArray[np.int64], ok: NDArray[np.bool_], refused: NDArray[np.bool_], exceptions: float
) -> int | None:
    live = np.searchsorted(times[ok], times) - np.searchsorted(np.sort(closed[ok]), times)
    limit = int(np.quantile(live[refused], exceptions, method="lower"))
    return limit if limit >= LEAST and (live[ok] >= limit).mean() <= exceptions and (live[ok] == limit - 1).any() else None

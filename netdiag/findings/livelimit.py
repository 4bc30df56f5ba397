"""Finds a limit on how many connections of a source may live at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

LEAST = 2
"""A limit of one connection is a refusal of the second, which has many causes."""


def live_limit(own: pd.DataFrame, ok: NDArray[np.bool_], refused: NDArray[np.bool_], exceptions: float) -> int | None:
    """Number of live connections from which on attempts were refused, if that tells accepted from refused.

    Parameters
    ----------
    own : DataFrame
        Attempts of one source in time order.
    exceptions : float
        Share of the attempts that may contradict the limit.
    """
    fins = own[["fin_out_ns", "fin_in_ns"]].to_numpy()
    closed = np.where((fins > 0).all(axis=1), fins.max(axis=1), np.iinfo(np.int64).max)
    for column in ("rst_out_ns", "rst_in_ns"):
        reset_ns = own[column].to_numpy()
        closed = np.where(reset_ns > 0, np.minimum(closed, reset_ns), closed)
    times = own["syn_ns"].to_numpy()
    live = np.searchsorted(times[ok], times) - np.searchsorted(np.sort(closed[ok]), times)
    limit = int(np.quantile(live[refused], exceptions, method="lower"))
    return limit if limit >= LEAST and (live[ok] >= limit).mean() <= exceptions and (live[ok] == limit - 1).any() else None

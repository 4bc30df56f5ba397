"""Splits connection rows by source and destination, in one sort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

PAIR = ("src", "dst", "dport")
"""One source and the service it talks to."""


def group_codes(rows: pd.DataFrame, by: Sequence[str] = PAIR) -> NDArray[np.int64]:
    """Number of each row's group; groups are numbered in the order of their keys."""
    return rows.groupby(list(by), observed=True, sort=True).ngroup().to_numpy().astype(np.int64)


def positions(codes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Row positions of each group 0, 1, ..., in the order of the rows."""
    if not codes.size:
        return []
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, int(codes.max()) + 1)))

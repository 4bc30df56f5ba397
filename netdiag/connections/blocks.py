"""Goes through a table block by block: what is worked out per row on the way then takes the memory of one block, not of the capture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

ROWS = 1 << 14
"""Rows of a block: a hundred columns of it take 13 MB, and the few that are at work stay in the processor's cache."""


def blocks(count: int, least: int = 1) -> Iterator[slice]:
    """Where the blocks of `count` rows lie; of `least` rows at least."""
    rows = max(ROWS, least)
    return (slice(start, min(start + rows, count)) for start in range(0, count, rows))


def where(flags: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Positions of the flags that are set: there are fewer than 2 billion connections, and four bytes for each are enough."""
    found, many = np.empty(np.count_nonzero(flags), np.int32), 0
    for part in blocks(len(flags)):
        own = np.flatnonzero(flags[part])
        found[many : many + len(own)] = own + part.start
        many += len(own)
    return found


def taken(values: NDArray[Any], at: NDArray[np.int32]) -> NDArray[Any]:
    """`values[at]`, for which NumPy would first make positions of eight bytes."""
    found = np.empty(len(at), values.dtype)
    for part in blocks(len(at)):
        found[part] = values.take(at[part])  # a third of the time of values[...]
    return found


def in_blocks(table: Columns, names: Sequence[str], at: NDArray[Any] | None = None) -> Iterator[tuple[slice, dict[str, NDArray[Any]]]]:
    """Each block, and its part of the columns `names`; of the rows at the positions `at` where these are given.

    Where a block lies, it lies among the rows that are asked for. Texts are there by their codes.
    """
    columns = {name: table[name] for name in names}
    for where in blocks(len(table) if at is None else len(at)):
        part = None if at is None else at[where]
        yield where, {name: column[where] if part is None else column.take(part) for name, column in columns.items()}


def among(values: NDArray[Any], kinds: Iterable[int]) -> NDArray[np.bool_]:
    """Which values are one of a few kinds, at a byte per row (np.isin takes twenty on its way)."""
    return reduce(np.logical_or, (values == kind for kind in kinds))


def unique(values: NDArray[Any]) -> NDArray[Any]:
    """The distinct values in order. np.unique, asked for them alone, imports numpy.ma: that takes longer than to judge a small capture."""
    return np.unique(values, return_counts=True)[0]


def is_in(values: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values are among others (np.isin, where these are far from each other, imports numpy.ma too)."""
    known = np.sort(others)
    at = np.searchsorted(known, values)
    return known[np.minimum(at, len(known) - 1)] == values if len(known) else np.zeros(len(values), bool)

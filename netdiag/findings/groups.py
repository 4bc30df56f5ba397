"""Splits connection rows by source and destination, in one sort."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

PAIR = ("src", "dst", "dport")
"""One source and the service it talks to."""
MOST_KEYS = 1 << 62
"""As many pairs of keys as fit an int64."""


def group_codes(rows: pd.DataFrame, by: Sequence[str] = PAIR) -> NDArray[np.int64]:
    """Number of each row's group; groups are numbered in the order of their keys (categories, or whole numbers from 0 on, none missing)."""
    keys, many = np.zeros(len(rows), np.int64), 1
    for name in by:
        column = rows[name]
        part = (column.cat.codes if column.dtype == "category" else column).to_numpy().astype(np.int64)
        size = int(part.max(initial=0)) + 1
        if many * size >= MOST_KEYS:
            keys = _numbered(keys)
            many = int(keys.max(initial=0)) + 1
        keys, many = keys * size + part, many * size
    return _numbered(keys)


def _numbered(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    import pandas as pd

    return pd.factorize(keys, sort=True)[0].astype(np.int64)


def positions(codes: NDArray[np.int64], wanted: NDArray[np.bool_] | None = None) -> list[NDArray[np.int64]]:
    """Row positions, in the order of the rows, of each group 0, 1, ... that is `wanted` (one flag per group)."""
    if not codes.size:
        return []
    if wanted is not None:
        at = np.flatnonzero(wanted[codes])
        return [at[part] for part in positions(np.unique(codes[at], return_inverse=True)[1].astype(np.int64))]
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, int(codes.max()) + 1)))


def covering(addresses: Sequence[str]) -> str:
    """The address if there is one, else the smallest prefix that holds all of them (`::/0` where families are mixed)."""
    parsed = [ip_address(str(address)) for address in addresses]
    if len(parsed) == 1:
        return str(addresses[0])
    if len({address.version for address in parsed}) > 1:
        return "::/0"
    values = [int(address) for address in parsed]
    length = parsed[0].max_prefixlen - (min(values) ^ max(values)).bit_length()
    return str(ip_network((parsed[0], length), strict=False))

"""Splits connection rows by source and destination, in one sort."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.blocks import blocks, values

if TYPE_CHECKING:
    import pandas as pd

PAIR = ("src", "dst", "dport")
"""One source and the service it talks to."""
SERVICE = ("dst", "dport")
"""What a service is."""
SPARSE = 2
"""Keys per row up to which the numbers are read off a table of all keys; where it would be larger, keys are sorted."""


def group_codes(rows: pd.DataFrame, by: Sequence[str] = PAIR, at: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Number of each row's group; groups are numbered in the order of their keys (categories, or whole numbers from 0 on, none missing).

    Of the rows at the positions `at` alone where these are given. Columns are joined from the last to the first, and numbered anew each
    time: so there are never more keys than pairs of numbers of rows, which fit an int64, and mostly so few that nothing need be sorted.
    """
    codes, many = np.zeros(len(rows) if at is None else len(at), np.int64), 1
    for name in reversed(by):
        part = values(rows, name)
        keys = (part if at is None else part[at]).astype(np.int64)
        size = int(keys.max(initial=0)) + 1
        if size > len(keys):
            size = _number(keys, size)
        keys *= many
        keys += codes
        codes = keys
        many = _number(codes, size * many)
    return codes


def _number(keys: NDArray[np.int64], size: int) -> int:
    """Put in place of each key, all of them below `size`, its number in the order of keys; how many there are."""
    if size == 1 or not keys.size:
        return min(size, keys.size)
    if size <= SPARSE * keys.size:
        numbers = np.zeros(size, np.int32)
        numbers[keys] = 1
        np.cumsum(numbers, out=numbers)
        numbers -= 1
        for part in blocks(keys.size):
            keys[part] = numbers[keys[part]]
        return int(numbers[-1]) + 1
    order, number, key = np.argsort(keys), -1, -1
    for part in blocks(keys.size):
        at = order[part]
        own = keys[at]
        numbered = np.cumsum(own != np.append(key, own[:-1])) + number
        number, key = int(numbered[-1]), int(own[-1])
        keys[at] = numbered
    return number + 1


def counts(codes: NDArray[Any], flags: NDArray[np.bool_], many: int) -> NDArray[np.int64]:
    """Rows of each of `many` groups that are flagged."""
    return np.bincount(codes[flags], minlength=many)


def positions(codes: NDArray[np.int64], wanted: NDArray[np.bool_] | None = None) -> list[NDArray[np.int64]]:
    """Row positions, in the order of the rows, of each group 0, 1, ... that is `wanted` (one flag per group)."""
    if not codes.size:
        return []
    at = None if wanted is None else np.flatnonzero(wanted[codes])
    own = codes if at is None else codes[at]
    order = np.argsort(own, kind="stable")
    sizes = np.bincount(own)
    del own
    ends = np.cumsum(sizes if wanted is None else sizes[sizes > 0])
    return np.split(order if at is None else at[order], ends)[:-1]


def firsts(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the first row of each group 0, 1, ..."""
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    for part in reversed([*blocks(codes.size)]):
        first[codes[part][::-1]] = np.arange(part.start, part.stop)[::-1]  # the last one written stays
    return first


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

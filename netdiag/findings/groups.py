"""Splits connection rows by source and destination, in one sort."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import blocks, taken, where

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

PAIR = ("src", "dst", "dport")
"""One source and the service it talks to."""
SERVICE = ("dst", "dport")
"""What a service is."""
SPARSE = 2
"""Keys per row up to which the numbers are read off a table of all keys; where it would be larger, keys are sorted."""


def group_codes(rows: Columns, by: Sequence[str] = PAIR, at: NDArray[Any] | None = None) -> NDArray[np.int32]:
    """Number of each row's group; groups are numbered in the order of their keys (codes, or whole numbers from 0 on, none missing).

    Of the rows at the positions `at` alone where these are given. Columns are joined from the last to the first, and numbered anew each
    time: so there are never more keys than pairs of numbers of rows, which fit an int64, and mostly so few that nothing need be sorted.
    """
    codes, many = np.zeros(len(rows) if at is None else len(at), np.int32), 1
    for name in reversed(by):
        many = _join(codes, many, rows[name], at)
    return codes


def _join(codes: NDArray[np.int32], many: int, column: NDArray[Any], at: NDArray[Any] | None) -> int:
    """Put in place of the codes, `many` of them, the numbers of their pairs with what a column says; how many there are."""
    if not codes.size:
        return 0

    def keys(part: slice) -> NDArray[np.int64]:
        own: NDArray[np.int64] = (column[part] if at is None else column.take(at[part])).astype(np.int64)
        own *= many
        own += codes[part]
        return own

    size = (int(column.max()) + 1) * many
    if size <= min(SPARSE * codes.size, np.iinfo(np.int32).max):
        seen = np.zeros(size, bool)
        for part in blocks(codes.size):
            codes[part] = own = keys(part)
            seen[own] = True
        if seen.all():
            return size
        numbers = np.cumsum(seen, dtype=np.int32)
        for part in blocks(codes.size):
            codes[part] = numbers.take(codes[part])
        codes -= 1
        return int(numbers[-1])
    every = np.empty(codes.size, np.int64)
    for part in blocks(codes.size):
        every[part] = keys(part)
    order, number, key = np.argsort(every), -1, -1
    for part in blocks(codes.size):
        own = every[order[part]]
        numbered = np.cumsum(own != np.append(key, own[:-1])) + number
        number, key = int(numbered[-1]), int(own[-1])
        codes[order[part]] = numbered
    return number + 1


def counts(codes: NDArray[Any], flags: NDArray[np.bool_], many: int, weights: NDArray[Any] | None = None) -> NDArray[np.int64]:
    """Rows of each of `many` groups that are flagged, or the sum of their whole `weights`."""
    found = np.zeros(many, np.int64)
    for part in blocks(codes.size, many):
        own = codes[part][flags[part]]
        found += np.bincount(own, None if weights is None else weights[part][flags[part]], many).astype(np.int64)
    return found


def positions(codes: NDArray[Any], wanted: NDArray[np.bool_] | None = None) -> list[NDArray[np.int32]]:
    """Row positions, in the order of the rows, of each group 0, 1, ... that is `wanted` (one flag per group)."""
    if not codes.size:
        return []
    at = np.arange(codes.size, dtype=np.int32) if wanted is None else where(taken(wanted, codes))
    own = taken(codes, at)
    at = at[np.argsort(own, kind="stable")]
    sizes = np.bincount(own)
    return np.split(at, np.cumsum(sizes if wanted is None else sizes[sizes > 0]))[:-1]


def ordered(codes: NDArray[Any], many: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Row positions, group after group and each in the order of the rows, and where each of `many` groups begins and the last one ends.

    Every block is sorted and dealt out by itself: that takes no more memory than what it gives.
    """
    starts = np.zeros(many + 1, np.int64)
    for part in blocks(len(codes), many):
        starts[1:] += np.bincount(codes[part], minlength=many)
    np.cumsum(starts, out=starts)
    places, free = np.empty(len(codes), np.int32), starts[:-1].copy()
    for part in blocks(len(codes)):
        own = codes[part]
        order = np.argsort(own, kind="stable")
        own = own[order]
        begins = np.flatnonzero(np.diff(own, prepend=-1))
        counted = np.diff(begins, append=len(own))
        places[free[own] + np.arange(len(own)) - np.repeat(begins, counted)] = part.start + order
        free[own[begins]] += counted
    return places, starts


def firsts(codes: NDArray[Any]) -> NDArray[np.int64]:
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

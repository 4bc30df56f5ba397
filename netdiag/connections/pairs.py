"""Numbers distinct pairs of 64-bit words, in order of their value."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import blocks
from netdiag.connections.incarnations import mixed
from netdiag.kernel import kernel

ROOM = 1 << 12
"""Distinct pairs that there is room for at first."""


def distinct(first: NDArray[np.uint64], second: NDArray[np.uint64], codes: NDArray[np.int32]) -> NDArray[np.uint64]:
    """The distinct pairs, shape (n, 2), sorted; `codes`, as long as the input, is filled with which of them each pair is.

    Few are distinct where many connections are: they are looked up, and only the distinct ones sorted.
    """
    salt, count = int.from_bytes(os.urandom(7)), np.zeros(1, np.int64)  # so that traffic cannot choose its place
    pairs, table, done = np.empty((2, ROOM), np.uint64), np.full(2 * ROOM, -1, np.int32), 0
    while (done := int(_number(first, second, done, salt, codes, pairs[0], pairs[1], table, count))) < len(first):
        old, pairs, table = pairs, np.empty((2, 2 * pairs.shape[1]), np.uint64), np.full(2 * len(table), -1, np.int32)
        count[0] = 0
        _number(old[0], old[1], 0, salt, np.empty(old.shape[1], np.int32), pairs[0], pairs[1], table, count)
    pairs = pairs[:, : count[0]]
    order = np.lexsort(pairs[::-1])
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    for part in blocks(len(codes)):
        codes[part] = rank[codes[part]]
    return pairs.T[order]


@kernel
def _number(first: Any, second: Any, start: Any, salt: Any, codes: Any, firsts: Any, seconds: Any, table: Any, count: Any) -> Any:
    """Number pairs from `start` on in the order in which they first come; returns for how many there was room.

    `firsts` and `seconds` are the `count[0]` pairs that have a number, `table` (twice as long, -1 free) finds them.
    """
    mask = np.int64(table.size - 1)
    for k in range(start, first.size):
        a, b = first[k], second[k]
        j = np.int64(mixed(mixed(a ^ np.uint64(salt)) + b) >> np.uint64(32)) & mask
        while table[j] >= 0 and (firsts[table[j]] != a or seconds[table[j]] != b):
            j = (j + 1) & mask
        if table[j] < 0:
            if count[0] == firsts.size:
                return k
            table[j] = count[0]
            firsts[count[0]], seconds[count[0]] = a, b
            count[0] += 1
        codes[k] = table[j]
    return first.size

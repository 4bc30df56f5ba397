"""Tells which addresses share a prefix that a device is likely to count by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.addresses import MAPPED
from netdiag.connections.blocks import blocks

WIDEST_4, WIDEST = 16, 80
"""Host bits of the widest such prefix: a /16 of IPv4, a /48 of IPv6."""
HALF = 64
"""Bits of each of the two numbers that an address is kept as."""
POWERS = np.uint64(1) << np.arange(HALF, dtype=np.uint64)


class Prefixes:
    """Addresses as numbers, and in their order: those of a prefix follow each other.

    Parameters
    ----------
    texts : object array
        The addresses, by their codes.
    """

    def __init__(self, texts: NDArray[np.object_]) -> None:
        self._halves = np.empty((2, len(texts)), np.uint64)
        for part in blocks(len(texts)):
            self._halves[:, part] = np.frombuffer(_packed(texts[part].tolist()), ">u8").reshape(-1, 2).T
        self._four = (self._halves[0] == 0) & (self._halves[1] >> np.uint64(32) == 0xFFFF)
        order = np.lexsort(self._halves[::-1])
        self._sorted = self._halves[:, order]
        self.rank = np.empty(len(order), np.int32)
        """Place of each address among all in their order, by its code."""
        self.rank[order] = np.arange(len(order), dtype=np.int32)

    def around(self, home: int) -> tuple[int, int]:
        """First rank of those in the widest prefix around the address of code `home`, and the one behind the last."""
        bits = WIDEST_4 if self._four[home] else WIDEST
        high, low = (int(half[home]) for half in self._halves)
        first = (high << HALF | low) >> bits << bits
        return self._place(first), self._place(first + (1 << bits))

    def _place(self, address: int) -> int:
        """How many are less than this one, which may be the one behind the last there is."""
        high, low = divmod(address, 1 << HALF)
        if high >> HALF:
            return len(self.rank)
        highs, lows = self._sorted
        begin, end = (int(np.searchsorted(highs, np.uint64(high), side)) for side in ("left", "right"))
        return begin + int(np.searchsorted(lows[begin:end], np.uint64(low)))

    def distance(self, home: int, codes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Host bits of the smallest prefix that holds the address of code `home` and that of each code; 0 if it would be too wide."""
        high, low = (half.take(codes) ^ half[home] for half in self._halves)
        bits = np.where(high > 0, HALF + _bits(high), _bits(low))
        fits = (self._four.take(codes) == self._four[home]) & (bits <= (WIDEST_4 if self._four[home] else WIDEST))
        return np.where(fits, bits, 0)


def _packed(texts: Sequence[str]) -> bytes:
    """The 16 bytes of each address."""
    from socket import AF_INET, AF_INET6, inet_pton  # takes a while, and is needed where sources are in trouble only

    return b"".join(inet_pton(AF_INET6, text) if ":" in text else MAPPED + inet_pton(AF_INET, text) for text in texts)


def _bits(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many bits each takes."""
    return np.searchsorted(POWERS, numbers, side="right")

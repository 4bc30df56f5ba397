"""Where addresses lie: how near to each other, as the host bits of the smallest prefix that holds both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDEST_4, WIDEST = 16, 80
"""Host bits of the widest prefix that a device is likely to count by: a /16 of IPv4, a /48 of IPv6."""
MAPPED = bytes(10) + b"\xff\xff"
"""How an IPv4 address begins among those of 16 bytes."""
POWERS = np.uint64(1) << np.arange(64, dtype=np.uint64)


class Places:
    """Addresses as numbers, each worked out when it is first asked about: a flood has millions that nobody asks about.

    Parameters
    ----------
    texts : object array
        The addresses, by their codes; empty for one of all zeros.
    """

    def __init__(self, texts: NDArray[np.object_]) -> None:
        self._texts = texts
        self._known = np.zeros(len(texts), bool)
        self._four = np.zeros(len(texts), bool)
        self._halves = np.zeros((2, len(texts)), np.uint64)

    def distance(self, home: int, codes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Host bits of the smallest prefix that holds the address of code `home` and that of each code; 0 if it would be too wide."""
        self._learn(np.append(codes, home))
        high, low = (half.take(codes) ^ half[home] for half in self._halves)
        bits = np.where(high > 0, 64 + _bits(high), _bits(low))
        fits = (self._four.take(codes) == self._four[home]) & (bits <= (WIDEST_4 if self._four[home] else WIDEST))
        return np.where(fits, bits, 0)

    def _learn(self, codes: NDArray[np.integer]) -> None:
        new = np.zeros(len(self._texts), bool)
        new[codes] = True
        new &= ~self._known
        at = np.flatnonzero(new)
        raw = _packed(self._texts[at].tolist())
        self._halves[:, at] = np.frombuffer(raw, ">u8").reshape(-1, 2).T
        self._four[at] = (self._halves[0, at] == 0) & (self._halves[1, at] >> np.uint64(32) == 0xFFFF)
        self._known |= new


def _packed(texts: Sequence[str]) -> bytes:
    """The 16 bytes of each address."""
    from socket import AF_INET, AF_INET6, inet_pton  # takes a while, and is needed where sources are in trouble only

    six = (inet_pton(AF_INET6, text or "::") if ":" in text or not text else MAPPED + inet_pton(AF_INET, text) for text in texts)
    return b"".join(six)


def _bits(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many bits each takes."""
    return np.searchsorted(POWERS, numbers, side="right")

"""Turns 128-bit address halves into text, once per distinct address."""

from __future__ import annotations

from ipaddress import IPv6Address

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.coded import coded
from netdiag.connections.columns import Coded
from netdiag.connections.pairs import distinct

MAPPED = 0xFFFF
"""Upper 32 bits of the lower half of ::ffff:a.b.c.d."""


def text(hi: int, lo: int) -> str:
    """One address: dotted for ::ffff:a.b.c.d, RFC 5952 otherwise, empty for all zeros."""
    if hi == 0 and lo >> 32 == MAPPED:
        return f"{lo >> 24 & 255}.{lo >> 16 & 255}.{lo >> 8 & 255}.{lo & 255}"
    if hi:
        from socket import AF_INET6, inet_ntop  # where there is no IPv6, its import would take longer than the texts

        return inet_ntop(AF_INET6, (hi << 64 | lo).to_bytes(16))  # a sixth of the time that ipaddress takes...
    return str(IPv6Address(lo)) if lo else ""  # ...which writes none of these with dots


def numbered(hi: NDArray[np.uint64], lo: NDArray[np.uint64], codes: NDArray[np.int32]) -> Coded:
    """Addresses as a column of texts, these in numerical order of the addresses; its codes lie in `codes`."""
    return coded(codes, [text(a, b) for a, b in distinct(hi, lo, codes).tolist()])

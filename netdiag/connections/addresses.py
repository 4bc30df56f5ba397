"""Turns 128-bit address halves into text, once per distinct address."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections import coded
from netdiag.connections.pairs import distinct

if TYPE_CHECKING:
    import pandas as pd

MAPPED = 0xFFFF
"""Upper 32 bits of the lower half of ::ffff:a.b.c.d."""


def text(hi: int, lo: int) -> str:
    """One address: dotted for ::ffff:a.b.c.d, RFC 5952 otherwise, empty for all zeros."""
    if hi == 0 and lo >> 32 == MAPPED:
        return f"{lo >> 24 & 255}.{lo >> 16 & 255}.{lo >> 8 & 255}.{lo & 255}"
    return str(IPv6Address(hi << 64 | lo)) if hi or lo else ""


def categorical(hi: NDArray[np.uint64], lo: NDArray[np.uint64], codes: NDArray[np.int32]) -> pd.Categorical:
    """Addresses as a categorical of text, its categories in numerical order of the addresses; its codes lie in `codes`."""
    return coded.categorical(codes, [text(a, b) for a, b in distinct(hi, lo, codes).tolist()])

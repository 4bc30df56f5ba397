"""Turns 128-bit address halves into text, once per distinct address."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

MAPPED = 0xFFFF
"""Upper 32 bits of the lower half of ::ffff:a.b.c.d."""


def text(hi: int, lo: int) -> str:
    """One address: dotted for ::ffff:a.b.c.d, RFC 5952 otherwise, empty for all zeros."""
    if hi == 0 and lo >> 32 == MAPPED:
        return f"{lo >> 24 & 255}.{lo >> 16 & 255}.{lo >> 8 & 255}.{lo & 255}"
    return str(IPv6Address(hi << 64 | lo)) if hi or lo else ""


def categorical(hi: NDArray[np.uint64], lo: NDArray[np.uint64]) -> pd.Categorical:
    """Addresses as a categorical of text, its categories in numerical order of the addresses."""
    import pandas as pd

    pairs = np.empty(len(hi), np.dtype([("hi", ">u8"), ("lo", ">u8")]))
    pairs["hi"], pairs["lo"] = hi, lo
    distinct, codes = np.unique(pairs.view("V16"), return_inverse=True)
    whole = distinct.view(pairs.dtype)
    names = [text(a, b) for a, b in zip(whole["hi"].tolist(), whole["lo"].tolist(), strict=True)]
    return pd.Categorical.from_codes(codes.reshape(-1), categories=pd.Index(names, dtype=object))

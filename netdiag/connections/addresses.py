"""Turns 128-bit address halves into text, once per distinct address."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from ipaddress import IPv6Address

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.coded import coded
from netdiag.connections.columns import Coded
from netdiag.connections.pairs import distinct

BYTES = 16
MAPPED = bytes(10) + b"\xff\xff"
"""How ::ffff:a.b.c.d begins."""
ZEROS = bytes(8)
OCTETS = [str(octet) for octet in range(256)]


@cache
def _writer() -> Callable[[bytes], str]:
    """Writes six times as fast as ipaddress. Where there is no IPv6, to import this would take longer than the texts."""
    from socket import AF_INET6, inet_ntop

    return partial(inet_ntop, AF_INET6)


def text(raw: bytes) -> str:
    """One address of 16 bytes: dotted for ::ffff:a.b.c.d, RFC 5952 otherwise."""
    if raw.startswith(MAPPED):
        return f"{OCTETS[raw[12]]}.{OCTETS[raw[13]]}.{OCTETS[raw[14]]}.{OCTETS[raw[15]]}"
    if raw.startswith(ZEROS):  # the C library would write some of these with dots
        return str(IPv6Address(raw))
    return _writer()(raw)


def numbered(hi: NDArray[np.uint64], lo: NDArray[np.uint64], codes: NDArray[np.int32], *, zeros: str) -> Coded:
    """Addresses as a column of texts, these in numerical order of the addresses; its codes lie in `codes`.

    `zeros` is the text where all bits are: "::" of a packet, empty where there is no address.
    """
    raw = distinct(hi, lo, codes).astype(">u8").tobytes()
    texts = [text(raw[at : at + BYTES]) for at in range(0, len(raw), BYTES)]
    return coded(codes, [zeros, *texts[1:]] if texts[:1] == ["::"] else texts)

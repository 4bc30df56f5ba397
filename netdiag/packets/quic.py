"""Recognises QUIC packets with a long header.

Sources: RFC 8999 (what all versions share), RFC 9000 section 17.2, RFC 9369 (version 2). Short headers say nothing
without the connection before them, so they are left to `connections`.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be32, step
from netdiag.packets.walk import HAS_QUIC, offsets

HEADER = np.dtype([("form", "u1"), ("version", ">u4"), ("destination_length", "u1")])
_, VERSION, DESTINATION_LENGTH = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

LONG, FIXED = 0x80, 0x40
LONGEST_ID = 20


@step
def quic(b: Any, at: Any, cap: Any, row: Any) -> None:
    """Note QUIC: a long header of a known version, or a version negotiation (version 0, RFC 8999 section 6)."""
    if at + SIZE > cap or b[at] & LONG == 0:
        return
    version = be32(b, at + VERSION)
    if version == 0:
        negotiation = b[at + DESTINATION_LENGTH] <= LONGEST_ID and (cap - at) > SIZE
        if negotiation and b[at + DESTINATION_LENGTH] > 0:
            row.layers |= HAS_QUIC
    elif b[at] & FIXED and b[at + DESTINATION_LENGTH] <= LONGEST_ID and _known(version):
        row.layers |= HAS_QUIC


@step
def _known(version: Any) -> Any:
    """Versions 1 and 2, drafts, mvfst, Google's Q050 and T051 and reserved ones (0x?a?a?a?a, RFC 9000 section 15)."""
    return (
        version == 1
        or version == 0x6B3343CF
        or version >> 8 == 0xFF0000
        or version >> 8 == 0xFACEB0
        or version == 0x51303530
        or version >> 8 == 0x543035
        or version & 0x0F0F0F0F == 0x0A0A0A0A
    )

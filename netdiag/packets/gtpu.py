"""Reads GTP version 1 user-plane headers of mobile networks.

Source: 3GPP TS 29.281 section 5.1.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be32, step
from netdiag.packets.walk import IN_GTP_U, STOP, any_ip, contradicts, into_tunnel, lacks, offsets

HEADER = np.dtype([("flags", "u1"), ("type", "u1"), ("length", ">u2"), ("teid", ">u4")])
FLAGS, TYPE, _, TEID = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

VERSION_1, G_PDU = 0x30, 255
OPTIONAL, EXTENSION = 0x07, 0x04
OPTIONAL_SIZE = np.int64(4)  # sequence number, N-PDU number, type of the next extension header


@step
def gtpu(b: Any, w: Any, row: Any) -> None:
    """A G-PDU carries IP behind optional fields and extension headers; other messages are just UDP."""
    if w.at + SIZE > w.cap or b[w.at + FLAGS] & 0xF0 != VERSION_1 or b[w.at + TYPE] != G_PDU:
        w.kind = STOP
        return
    flags, endpoint = b[w.at + FLAGS], be32(b, w.at + TEID)
    w.at += SIZE
    if flags & OPTIONAL:
        if lacks(w, row, OPTIONAL_SIZE):
            return
        following = b[w.at + OPTIONAL_SIZE - 1] if flags & EXTENSION else np.uint8(0)
        w.at += OPTIONAL_SIZE
        while following != 0:
            if lacks(w, row, 4):
                return
            size = np.int64(b[w.at]) * 4
            if size == 0:
                contradicts(w, row)
                return
            if lacks(w, row, size):
                return
            following = b[w.at + size - 1]
            w.at += size
    into_tunnel(w, IN_GTP_U, endpoint)
    any_ip(b, w, row)

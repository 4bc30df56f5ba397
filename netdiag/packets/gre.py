"""Reads GRE with its optional fields, PPTP's version 1 and ERSPAN.

Sources: RFC 2784 and 2890, RFC 1701 (routing bit), RFC 2637 section 4.1 (PPTP), draft-foschiano-erspan.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, be32, step
from netdiag.packets.walk import ETHERNET, IN_GRE, STOP, UNKNOWN_ETHERTYPE, WIFI, by_ethertype, into_tunnel, lacks, offsets

HEADER = np.dtype([("flags", ">u2"), ("protocol", ">u2")])
FLAGS, PROTOCOL = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

CHECKSUM, ROUTING, KEY, SEQUENCE, ACKNOWLEDGEMENT, VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080, 0x0007
ERSPAN, ERSPAN3, PPP_PROTOCOL = 0x88BE, 0x22EB, 0x880B
ARUBA, ARUBA_LAST = 0x8200, 0x8210  # access points to controllers: 802.11 frames
ERSPAN2_SIZE, ERSPAN3_SIZE, PLATFORM_SIZE = np.int64(8), np.int64(12), np.int64(8)


@step
def gre(b: Any, w: Any, row: Any) -> None:
    """GRE header; `tunnel_id` is the key, in version 1 the call id."""
    if lacks(w, row, SIZE):
        return
    flags, protocol = be16(b, w.at + FLAGS), be16(b, w.at + PROTOCOL)
    w.at += SIZE
    version = flags & VERSION
    if version > 1 or (version == 0 and flags & ROUTING):
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
        return
    checksum = 4 if flags & CHECKSUM else 0
    size = checksum + (4 if flags & KEY else 0) + (4 if flags & SEQUENCE else 0)
    if version == 1 and flags & ACKNOWLEDGEMENT:
        size += 4
    if lacks(w, row, size):
        return
    key = be32(b, w.at + checksum) if flags & KEY else np.int64(0)
    into_tunnel(w, IN_GRE, key if version == 0 else key & 0xFFFF)
    w.at += size
    if protocol in (ERSPAN, ERSPAN3):
        _erspan(b, w, row, protocol, flags)
    elif version == 1 and protocol != PPP_PROTOCOL:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
    elif ARUBA <= protocol <= ARUBA_LAST:
        w.kind = WIFI
    else:
        by_ethertype(w, row, protocol)


@step
def _erspan(b: Any, w: Any, row: Any, protocol: Any, flags: Any) -> None:
    """ERSPAN: type I has no header of its own, type II 8 bytes, type III 12 or 20."""
    size = np.int64(0)
    if protocol == ERSPAN3:
        if lacks(w, row, ERSPAN3_SIZE):
            return
        size = ERSPAN3_SIZE + (PLATFORM_SIZE if b[w.at + ERSPAN3_SIZE - 1] & 1 else 0)
    elif flags & SEQUENCE:
        size = ERSPAN2_SIZE
    w.at += size
    w.kind = ETHERNET

"""Reads the Geneve header.

Source: RFC 8926 section 3.4.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, be32, step
from netdiag.packets.walk import IN_GENEVE, STOP, by_ethertype, into_tunnel, lacks, mix, offsets

HEADER = np.dtype([("version_options", "u1"), ("flags", "u1"), ("protocol", ">u2"), ("vni_reserved", ">u4")])
VERSION_OPTIONS, _, PROTOCOL, VNI = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)


@step
def geneve(b: Any, w: Any, row: Any) -> None:
    """Version 0: options in units of 4 bytes, then what the protocol type says; otherwise it is just UDP."""
    if w.at + SIZE > w.cap or b[w.at + VERSION_OPTIONS] >> 6 != 0:
        w.kind = STOP
        return
    network, protocol = be32(b, w.at + VNI) >> 8, be16(b, w.at + PROTOCOL)
    size = SIZE + np.int64(b[w.at + VERSION_OPTIONS] & 0x3F) * 4
    if lacks(w, row, size):
        return
    into_tunnel(w, IN_GENEVE, network)
    w.scope = mix(w.scope, network)
    w.at += size
    by_ethertype(w, row, protocol)

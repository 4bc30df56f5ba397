"""Reads the BSD loopback header: an address family in the byte order of the host that captured.

Source: tcpdump.org, LINKTYPE_NULL and LINKTYPE_LOOP. AF_INET6 has another number on every system.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be32, step
from netdiag.packets.walk import IPV4, IPV6, STOP, UNKNOWN_ETHERTYPE, lacks

SIZE = np.int64(4)


@step
def null(b: Any, w: Any, row: Any) -> None:
    """Address family in either byte order: it fits in a byte, so where that byte stands tells the order."""
    if lacks(w, row, SIZE):
        return
    family = be32(b, w.at)
    if family & 0x00FFFFFF == 0:
        family >>= 24
    w.at += SIZE
    if family == 2:
        w.kind = IPV4
    elif family == 24 or family == 28 or family == 30 or family == 10 or family == 23:
        w.kind = IPV6
    else:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP

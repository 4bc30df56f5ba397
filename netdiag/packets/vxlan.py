"""Reads the VXLAN header.

Source: RFC 7348 section 5.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be32, step
from netdiag.packets.walk import ETHERNET, IN_VXLAN, STOP, into_tunnel, mix, offsets

HEADER = np.dtype([("flags", "u1"), ("reserved", "V3"), ("vni_reserved", ">u4")])
FLAGS, _, VNI = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

VNI_VALID = 0x08


@step
def vxlan(b: Any, w: Any) -> None:
    """An Ethernet frame follows if the network id is marked valid; otherwise it is just UDP."""
    if w.at + SIZE > w.cap or b[w.at + FLAGS] & VNI_VALID == 0:
        w.kind = STOP
        return
    network = be32(b, w.at + VNI) >> 8
    into_tunnel(w, IN_VXLAN, network)
    w.scope = mix(w.scope, network)
    w.at += SIZE
    w.kind = ETHERNET

"""Reads an MPLS label stack and tells what follows it, which no field says.

Sources: RFC 3032 (labels), RFC 4385 (the first nibble: 4 and 6 are IP, 0 a pseudo-wire's control word).
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, be32, step
from netdiag.packets.walk import ETHERNET, IN_MPLS, IPV4, IPV6, STOP, UNKNOWN_ETHERTYPE, into_tunnel, lacks

SIZE = np.int64(4)
BOTTOM = 1 << 8
CONTROL_WORD = 4
OAM_ALERT = 14  # label of maintenance messages (RFC 3429)


@step
def mpls(b: Any, w: Any, row: Any) -> None:
    """Skip labels down to the bottom of the stack; `tunnel_id` is the last label."""
    entry = 0
    while entry & BOTTOM == 0:
        if lacks(w, row, SIZE):
            return
        entry = be32(b, w.at)
        w.at += SIZE
    label = entry >> 12
    into_tunnel(w, IN_MPLS, label)
    if lacks(w, row, 1):
        return
    nibble = b[w.at] >> 4
    if label == OAM_ALERT:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
    elif nibble == 4:
        w.kind = IPV4
    elif nibble == 6:
        w.kind = IPV6
    elif nibble == 0 and _frame_follows(b, w, CONTROL_WORD):
        w.at += CONTROL_WORD
        w.kind = ETHERNET
    elif _frame_follows(b, w, 0):
        w.kind = ETHERNET
    else:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP


@step
def _frame_follows(b: Any, w: Any, skip: Any) -> Any:
    """Whether the bytes after `skip` look like an Ethernet frame of IP, VLAN or MPLS."""
    at = w.at + skip + 12
    if at + 2 > w.cap:
        return False
    number = be16(b, at)
    return number == 0x0800 or number == 0x86DD or number == 0x8100 or number == 0x88A8 or number == 0x8847 or number == 0x0806

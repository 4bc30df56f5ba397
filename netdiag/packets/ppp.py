"""Reads PPP in its framings (with and without address bytes, PPPoE) and Cisco HDLC.

Sources: RFC 1661 and 1662, RFC 2516 (PPPoE), tcpdump.org LINKTYPE_PPP, LINKTYPE_PPP_HDLC, LINKTYPE_C_HDLC.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, step
from netdiag.packets.walk import IPV4, IPV6, MPLS, PPP, STOP, UNKNOWN_ETHERTYPE, by_ethertype, contradicts, lacks, narrow, offsets

PPPOE_HEADER = np.dtype([("version_type", "u1"), ("code", "u1"), ("session", ">u2"), ("length", ">u2")])
_, CODE, _, LENGTH = offsets(PPPOE_HEADER)
PPPOE_SIZE = np.int64(PPPOE_HEADER.itemsize)

HDLC_HEADER = np.dtype([("address", "u1"), ("control", "u1"), ("protocol", ">u2")])
_, _, HDLC_PROTOCOL = offsets(HDLC_HEADER)
HDLC_SIZE = np.int64(HDLC_HEADER.itemsize)


@step
def ppp(b: Any, w: Any, row: Any) -> None:
    """PPP: address and control may be missing, the protocol may be compressed to one byte (RFC 1661 section 6.5)."""
    if lacks(w, row, 2):
        return
    first, control = b[w.at], b[w.at + 1]
    if first == 0x0F or first == 0x8F:
        hdlc(b, w, row)
        return
    if control == 0x03 and (first == 0xFF or first < 2):  # pppd writes the direction, 0 or 1, over the address
        w.at += 2
        if lacks(w, row, 2):
            return
    if b[w.at] & 1:
        protocol = np.int64(b[w.at])
        w.at += 1
    else:
        protocol = be16(b, w.at)
        w.at += 2
    if protocol == 0x21:
        w.kind = IPV4
    elif protocol == 0x57:
        w.kind = IPV6
    elif protocol == 0x281 or protocol == 0x283:
        w.kind = MPLS
    else:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP


@step
def pppoe(b: Any, w: Any, row: Any) -> None:
    """PPPoE session header; its length hides Ethernet padding."""
    if lacks(w, row, PPPOE_SIZE):
        return
    length = be16(b, w.at + LENGTH)
    session_data = b[w.at + CODE] == 0
    w.at += PPPOE_SIZE
    if not session_data:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
    elif length < 2:
        contradicts(w, row)
    else:
        if w.at + length < w.limit:
            narrow(w, w.at + length)
        w.kind = PPP


@step
def hdlc(b: Any, w: Any, row: Any) -> None:
    """Cisco HDLC: address, control, EtherType."""
    if lacks(w, row, HDLC_SIZE):
        return
    number = be16(b, w.at + HDLC_PROTOCOL)
    w.at += HDLC_SIZE
    if number < 0x0600:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
    else:
        by_ethertype(w, row, number)

"""Reads ICMP and ICMPv6 and, in errors, the packet they quote.

Sources: RFC 792, RFC 4443. An error's row keeps the sender of the error in `from_hi/from_lo`; its addresses, ports
and `seq` become those of the quoted packet as far as it can be read. TTL, IP id and version stay the error's own.
"""

from typing import Any

import numpy as np

from netdiag.kernel import step
from netdiag.packets.walk import AWAITED, DEEPER, HAS_ICMP, HAS_ICMPV6, IPV4, IPV6, STOP, lacks, offsets

HEADER = np.dtype([("type", "u1"), ("code", "u1"), ("checksum", ">u2"), ("rest", ">u4")])
TYPE, CODE, _, _ = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)


@step
def icmp(b: Any, w: Any, row: Any) -> None:
    """ICMP; unreachable, source quench, redirect, time exceeded and parameter problem quote a packet."""
    kind = _message(b, w, row, HAS_ICMP)
    if kind == 3 or kind == 4 or kind == 5 or kind == 11 or kind == 12:
        _quote(w, row, IPV4)


@step
def icmpv6(b: Any, w: Any, row: Any) -> None:
    """ICMPv6; types 1 to 4 are errors and quote a packet."""
    kind = _message(b, w, row, HAS_ICMPV6)
    if 1 <= kind <= 4:
        _quote(w, row, IPV6)


@step
def _message(b: Any, w: Any, row: Any, layer: Any) -> Any:
    """Note the message and return its type, -1 if it is cut off; the walk ends unless it quotes a packet."""
    if lacks(w, row, 2):
        return -1
    row.layers |= layer
    kind = np.int64(b[w.at + TYPE])
    if w.quoted == 0:
        row.icmp_type, row.icmp_code = b[w.at + TYPE], b[w.at + CODE]
    w.kind = STOP
    return kind


@step
def _quote(w: Any, row: Any, kind: Any) -> None:
    """Walk on into the quoted packet."""
    if w.quoted == 0:
        row.from_hi, row.from_lo = row.src_hi, row.src_lo
        w.quoted = AWAITED
    else:
        w.quoted = DEEPER
    w.at += SIZE
    w.kind = kind

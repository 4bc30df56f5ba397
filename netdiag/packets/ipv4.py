"""Reads the IPv4 header: addresses, length, fragments.

Source: RFC 791 section 3.1.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, be32, step
from netdiag.packets.fragments import reassemble
from netdiag.packets.walk import (
    AWAITED,
    BAD_LENGTH,
    BAD_OPTIONS,
    BAD_VERSION,
    DEEPER,
    FIRST,
    HAS_IPV4,
    IPV6,
    STOP,
    by_protocol,
    contradicts,
    enter_datagram,
    lacks,
    narrow,
    offsets,
)

HEADER = np.dtype(
    [
        ("version_ihl", "u1"),
        ("tos", "u1"),
        ("total_length", ">u2"),
        ("id", ">u2"),
        ("fragment", ">u2"),  # 3 flags, offset in units of 8 bytes
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("checksum", ">u2"),
        ("source", ">u4"),
        ("destination", ">u4"),
    ]
)
VERSION_IHL, _, TOTAL_LENGTH, ID, FRAGMENT, TTL, PROTOCOL, _, SOURCE, DESTINATION = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

MAPPED = 0xFFFF << 32
"""Upper part of the lower half of ::ffff:a.b.c.d."""
MORE_FRAGMENTS, OFFSET_MASK = 0x2000, 0x1FFF


@step
def ipv4(b: Any, w: Any, row: Any, table: Any, bodies: Any, seen: Any) -> None:
    """IPv4 header. A total length of 0 means that the network card was to fill it in: the frame's length counts."""
    if lacks(w, row, 1):
        return
    at = w.at
    if b[at] >> 4 == 6:
        row.oddities |= BAD_VERSION
        w.kind = IPV6
        return
    row.layers |= HAS_IPV4
    if b[at] >> 4 != 4:
        row.oddities |= BAD_VERSION
        w.kind = STOP
        return
    if lacks(w, row, SIZE):
        return
    header = np.int64(b[at + VERSION_IHL] & 15) * 4
    total = be16(b, at + TOTAL_LENGTH)
    if header < SIZE or (total != 0 and total < header):
        contradicts(w, row)
        return
    if total == 0:
        w.length = max(w.limit - at, 0xFFFF)
    else:
        w.length = total
        if at + total > w.limit and w.quoted == 0:
            row.oddities |= BAD_LENGTH
        narrow(w, at + total)
    source, destination = MAPPED | be32(b, at + SOURCE), MAPPED | be32(b, at + DESTINATION)
    if w.quoted == 0:
        enter_datagram(w, row, 4)
        row.ttl, row.ip_id = b[at + TTL], be16(b, at + ID)
    if w.quoted <= AWAITED:
        row.src_hi, row.src_lo, row.dst_hi, row.dst_lo = 0, source, 0, destination
    if w.quoted != 0:
        w.quoted = FIRST if w.quoted == AWAITED else DEEPER
    if lacks(w, row, header):
        by_protocol(w, row, np.int64(b[at + PROTOCOL]))
        w.kind = STOP
        return
    if header > SIZE and not _options_fit(b, at + SIZE, at + header):
        row.oddities |= BAD_OPTIONS
    w.at = at + header
    by_protocol(w, row, np.int64(b[at + PROTOCOL]))
    fragment = be16(b, at + FRAGMENT)
    if fragment & (MORE_FRAGMENTS | OFFSET_MASK):
        more = fragment & MORE_FRAGMENTS != 0
        protocol = np.int64(b[at + PROTOCOL])
        identity = be16(b, at + ID) << 8 | protocol
        reassemble(b, w, row, (fragment & OFFSET_MASK) * 8, more, identity, protocol, table, bodies, seen)


@step
def _options_fit(b: Any, at: Any, end: Any) -> Any:
    """Whether every option ends inside the header."""
    while at < end and b[at] != 0:
        if b[at] == 1:
            at += 1
        elif at + 1 >= end or b[at + 1] < 2 or at + b[at + 1] > end:
            return False
        else:
            at += np.int64(b[at + 1])
    return True

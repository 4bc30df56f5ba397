"""Reads the IPv6 header and its extension headers, one per step of the walk.

Sources: RFC 8200 (header, extension headers, fragments), RFC 2675 (jumbograms), RFC 4302 (authentication header).
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, be32, be64, step
from netdiag.packets.fragments import reassemble
from netdiag.packets.walk import (
    AWAITED,
    BAD_LENGTH,
    BAD_VERSION,
    DEEPER,
    FIRST,
    HAS_IPV6,
    STOP,
    by_protocol,
    enter_datagram,
    lacks,
    narrow,
    offsets,
)

HEADER = np.dtype(
    [
        ("version_class_flow", ">u4"),
        ("payload_length", ">u2"),
        ("next_header", "u1"),
        ("hop_limit", "u1"),
        ("source", ">u8", 2),
        ("destination", ">u8", 2),
    ]
)
_, PAYLOAD_LENGTH, NEXT_HEADER, HOP_LIMIT, SOURCE, DESTINATION = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

EXTENSION_SIZE = np.int64(8)  # next header, length in units of 8 bytes not counting the first 8, options
FRAGMENT_HEADER = np.dtype([("next_header", "u1"), ("reserved", "u1"), ("fragment", ">u2"), ("id", ">u4")])
_, _, FRAGMENT, ID = offsets(FRAGMENT_HEADER)

HOP_BY_HOP, JUMBO_OPTION = 0, 0xC2
NO_NEXT_HEADER = 59


@step
def ipv6(b: Any, w: Any, row: Any) -> None:
    """IPv6 header. A payload length of 0 is a jumbogram, or was left for the network card to fill in."""
    at = w.at
    if at < w.cap and b[at] >> 4 != 6:
        row.oddities |= BAD_VERSION
        w.kind = STOP
        return
    if lacks(w, row, SIZE):
        return
    row.layers |= HAS_IPV6
    length = be16(b, at + PAYLOAD_LENGTH)
    if length == 0 and b[at + NEXT_HEADER] == HOP_BY_HOP:
        length = _jumbo_length(b, at + SIZE, w.cap)
    if length == 0:
        w.length = 0 if b[at + NEXT_HEADER] == NO_NEXT_HEADER else max(w.limit - at, 0xFFFF)
    else:
        w.length = SIZE + length
        if at + SIZE + length > w.limit and w.quoted == 0:
            row.oddities |= BAD_LENGTH
        narrow(w, at + SIZE + length)
    if w.quoted == 0:
        enter_datagram(w, row, 6)
        row.ttl, row.ip_id = b[at + HOP_LIMIT], 0
    if w.quoted <= AWAITED:
        row.src_hi, row.src_lo = be64(b, at + SOURCE), be64(b, at + SOURCE + 8)
        row.dst_hi, row.dst_lo = be64(b, at + DESTINATION), be64(b, at + DESTINATION + 8)
    if w.quoted != 0:
        w.quoted = FIRST if w.quoted == AWAITED else DEEPER
    w.at = at + SIZE
    _next_header(b, w, row, at + NEXT_HEADER)


@step
def extension(b: Any, w: Any, row: Any) -> None:
    """Hop-by-hop, routing, destination options, mobility, HIP or Shim6 header."""
    if lacks(w, row, EXTENSION_SIZE):
        return
    at = w.at
    w.at = at + EXTENSION_SIZE + np.int64(b[at + 1]) * 8
    _next_header(b, w, row, at)


@step
def authentication(b: Any, w: Any, row: Any) -> None:
    """Authentication header, in IPv4 too; its length is in units of 4 bytes less 2."""
    if lacks(w, row, EXTENSION_SIZE):
        return
    at = w.at
    w.at = at + (np.int64(b[at + 1]) + 2) * 4
    _next_header(b, w, row, at)


@step
def fragment6(b: Any, w: Any, row: Any, table: Any, bodies: Any, seen: Any) -> None:
    """Fragment header; offset 0 without more fragments is a whole datagram (RFC 6946)."""
    if lacks(w, row, EXTENSION_SIZE):
        return
    at = w.at
    fragment, identity = be16(b, at + FRAGMENT), be32(b, at + ID)
    w.at = at + EXTENSION_SIZE
    if w.quoted == 0:
        row.ip_id = identity & 0xFFFF
    _next_header(b, w, row, at)
    if fragment & 0xFFF9:
        reassemble(b, w, row, fragment & 0xFFF8, fragment & 1 != 0, identity, np.int64(b[at]), table, bodies, seen)


@step
def _next_header(b: Any, w: Any, row: Any, at: Any) -> None:
    """Follow the next-header field at b[at]; "no next header" carries nothing and is nothing odd."""
    if b[at] == NO_NEXT_HEADER:
        if w.quoted == 0:
            row.proto = NO_NEXT_HEADER
        w.kind = STOP
    else:
        by_protocol(w, row, np.int64(b[at]))


@step
def _jumbo_length(b: Any, at: Any, cap: Any) -> Any:
    """Jumbo payload length from the hop-by-hop options at b[at] (RFC 2675 section 2), 0 without."""
    if at + EXTENSION_SIZE > cap:
        return np.int64(0)
    end = min(at + EXTENSION_SIZE + np.int64(b[at + 1]) * 8, cap)
    at += 2
    while at + 2 <= end:
        if b[at] == 0:
            at += 1
        elif b[at] == JUMBO_OPTION and b[at + 1] == 4 and at + 6 <= end:
            return min(be32(b, at + 2), np.int64(0x7FFFFFFF - 0xFFFF))
        else:
            at += 2 + np.int64(b[at + 1])
    return np.int64(0)

"""Reads the TCP header and the options that tell connections apart.

Sources: RFC 9293 section 3.1, RFC 7323 (timestamps, window scale), RFC 2018 (SACK), RFC 7413 and 6994 (Fast Open),
RFC 8684 (MPTCP), RFC 9768 (the AE flag).
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, be32, step
from netdiag.packets.dns import dns_over_tcp
from netdiag.packets.packet import ACK, FIN, RST, SYN, Option
from netdiag.packets.walk import (
    BAD_LENGTH,
    BAD_OPTIONS,
    DEEPER,
    HAS_FIN,
    HAS_RST,
    HAS_SYN,
    HAS_SYN_ACK,
    HAS_TCP,
    OFFLOAD,
    STOP,
    TRUNCATED,
    offsets,
    read_ports,
)

HEADER = np.dtype(
    [
        ("source", ">u2"),
        ("destination", ">u2"),
        ("seq", ">u4"),
        ("ack", ">u4"),
        ("offset_flags", ">u2"),
        ("window", ">u2"),
        ("checksum", ">u2"),
        ("urgent", ">u2"),
    ]
)
_, _, SEQ, ACKNOWLEDGEMENT, OFFSET_FLAGS, WINDOW, CHECKSUM, _ = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

LARGEST_ORDINARY = 1500
"""A longer datagram than Ethernet's ordinary MTU counts as merged by offload. Jumbo frames (up to 9000 bytes) count
too: one packet cannot tell, and a needless caution about sizes costs less than a missing one."""

TIMESTAMPS, SACK_PERMITTED, WINDOW_SCALE = int(Option.TIMESTAMPS), int(Option.SACK_PERMITTED), int(Option.WINDOW_SCALE)
MSS, FAST_OPEN, MP_JOIN, SACK, MPTCP = int(Option.MSS), int(Option.FAST_OPEN), int(Option.MP_JOIN), int(Option.SACK), int(Option.MPTCP)

ONLY_TIMESTAMPS = 0x0101080A
"""NOP, NOP, kind 8, length 10: how nearly every segment of a connection with timestamps begins its options."""
FAST_OPEN_MAGIC = 0xF989


@step
def tcp(b: Any, w: Any, row: Any) -> None:
    """TCP header, or as much of it as there is."""
    at, cap = w.at, w.cap
    w.kind = STOP
    if at + SIZE > cap:
        _partial(b, w, row)
        return
    row.layers |= HAS_TCP
    offset_flags = be16(b, at + OFFSET_FLAGS)
    header, flags = (offset_flags >> 12) * 4, offset_flags & 0x1FF
    read_ports(b, w, row)
    if w.quoted != DEEPER:
        row.seq = be32(b, at + SEQ)
    if header < SIZE:
        row.oddities |= BAD_LENGTH
        return
    _count_flags(row, flags)
    start = at + header
    if w.quoted != 0:
        return
    row.ack = be32(b, at + ACKNOWLEDGEMENT)
    row.flags = flags
    row.window, row.checksum = be16(b, at + WINDOW), be16(b, at + CHECKSUM)
    if header == SIZE + 12 and start <= cap and be32(b, at + SIZE) == ONLY_TIMESTAMPS:
        row.options = TIMESTAMPS
        row.tsval, row.tsecr = be32(b, at + SIZE + 4), be32(b, at + SIZE + 8)
    elif header > SIZE:
        if start > cap:
            row.oddities |= TRUNCATED
        _options(b, at + SIZE, start, min(start, cap), row)
    if start > w.limit:
        row.oddities |= BAD_LENGTH
        return
    if w.length > LARGEST_ORDINARY:
        row.oddities |= OFFLOAD
    row.payload = w.limit - start
    row.payload_at = min(start, cap)
    row.captured = cap - row.payload_at
    if row.payload > 0 and (row.sport == 53 or row.dport == 53):
        dns_over_tcp(b, row.payload_at, cap, row)


@step
def _partial(b: Any, w: Any, row: Any) -> None:
    """What can be read of a header that is cut off, as in ICMP errors, which may quote 8 bytes only."""
    at, cap = w.at, w.cap
    if w.quoted == 0:
        row.oddities |= TRUNCATED
    if at + 4 > cap:
        return
    row.layers |= HAS_TCP
    read_ports(b, w, row)
    if w.quoted != DEEPER and at + 8 <= cap:
        row.seq = be32(b, at + SEQ)
    if at + 14 > cap:
        return
    flags = be16(b, at + OFFSET_FLAGS) & 0x1FF
    _count_flags(row, flags)
    if w.quoted == 0:
        row.ack, row.flags = be32(b, at + ACKNOWLEDGEMENT), flags


@step
def _count_flags(row: Any, flags: Any) -> None:
    """Note the flags that are counted per packet."""
    if flags & SYN:
        row.layers |= HAS_SYN_ACK if flags & ACK else HAS_SYN
    if flags & RST:
        row.layers |= HAS_RST
    if flags & FIN:
        row.layers |= HAS_FIN


@step
def _options(b: Any, at: Any, end: Any, cap: Any, row: Any) -> None:
    """Read options in b[at:end]; those past `cap` were not captured."""
    while at < cap and b[at] != 0:
        kind = b[at]
        if kind == 1:
            at += 1
            continue
        if at + 1 >= cap:
            if at + 1 >= end:
                row.oddities |= BAD_OPTIONS
            return
        length = np.int64(b[at + 1])
        if length < 2 or at + length > end:
            row.oddities |= BAD_OPTIONS
            return
        if at + length > cap:
            return
        if kind == 8 and length == 10:
            row.options |= TIMESTAMPS
            row.tsval, row.tsecr = be32(b, at + 2), be32(b, at + 6)
        elif kind == 2 and length == 4:
            row.options |= MSS
            row.mss = be16(b, at + 2)
        elif kind == 3 and length == 3:
            row.options |= WINDOW_SCALE
            row.wscale = b[at + 2]
        elif kind == 4 and length == 2:
            row.options |= SACK_PERMITTED
        elif kind == 5 and length >= 10:
            row.options |= SACK
            row.sack_left, row.sack_right = be32(b, at + 2), be32(b, at + 6)
        elif kind == 34 or (kind == 254 and length >= 4 and be16(b, at + 2) == FAST_OPEN_MAGIC):
            row.options |= FAST_OPEN
        elif kind == 30 and length >= 3:
            row.options |= MPTCP | MP_JOIN if b[at + 2] >> 4 == 1 else MPTCP
        at += length

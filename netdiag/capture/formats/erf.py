"""Walks ERF files, which Endace DAG cards write.

ERF has no file header and no magic number: a file is taken for ERF when its first records make a plausible chain.
Ethernet, IP and packet-over-SONET records give their packet; records of other types are given whole, as
LINKTYPE_ERF; padding is stepped over. The FCS counts in a record's wire length.

References: Endace "ERF types reference guide", EDM11-01.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.capture.fault import Fault
from netdiag.capture.format import Format, Step
from netdiag.capture.input import DAMAGED
from netdiag.capture.linktypes import ERF, ETHERNET, IPV4, IPV6, PPP_HDLC
from netdiag.capture.words import nanoseconds, u32
from netdiag.kernel import be16, kernel

HEADER, EXTENSION = 16, 8
MORE = 0x80
"""Bit of a type: an extension header follows. The same bit of an extension header's first byte says the same."""
PAD = 48
TYPES = frozenset(range(1, 30)) | {PAD}
LAYOUT = np.zeros(128, np.dtype([("link", "i4"), ("skip", "i4"), ("counts_loss", "u1")]))
"""By type: link type, bytes between header and packet, and whether the header counts lost packets (others have a colour there)."""
LAYOUT["link"] = ERF
for _type, _row in {
    1: (PPP_HDLC, 0, 1),  # packet over SONET, as PPP or Cisco HDLC
    2: (ETHERNET, 2, 1),
    10: (PPP_HDLC, 0, 0),
    11: (ETHERNET, 2, 0),
    15: (PPP_HDLC, 0, 0),
    16: (ETHERNET, 2, 0),
    19: (PPP_HDLC, 0, 0),
    20: (ETHERNET, 2, 0),
    22: (IPV4, 0, 1),
    23: (IPV6, 0, 1),
}.items():
    LAYOUT[_type] = _row

PROBE_BYTES = 2048
WEEK_S = 7 * 24 * 3600


@kernel
def walk(b: Any, at: int, end: int, rows: Any, layout: Any, met: Any, frame: int, drops: int) -> Any:
    """Fill one row per record, and mark in `met[type, interface]` what was there.

    Returns rows, the next record's offset, bytes needed from there (-1: impossible length), packets lost so far.
    """
    n = 0
    while n < rows.size:
        if end - at < HEADER:
            return n, at, HEADER, drops
        size = be16(b, at + 10)
        if size < HEADER:
            return n, at, -1, drops
        if end - at < size:
            return n, at, size, drops
        kind = np.int64(b[at + 8]) & 0x7F
        if kind == PAD:
            at += size
            continue
        head = np.int64(HEADER)
        more = b[at + 8] & MORE
        while more and head + EXTENSION <= size:
            more = b[at + head] & MORE
            head += EXTENSION
        form = layout[kind]
        wire = be16(b, at + 14)
        captured = size
        if form.link == ERF:
            head = np.int64(0)
            wire = size
        else:
            head += form.skip
            captured = min(size - head, wire)
        if more or captured < 0:
            return n, at, -1, drops
        if form.counts_loss:
            drops += be16(b, at + 12)
        interface = np.int64(b[at + 9]) & 3
        met[kind, interface] = 1
        r = rows[n]
        n += 1
        r.offset = at + head
        r.ts_ns = nanoseconds(u32(b, at + 4, False), u32(b, at, False) * 1_000_000_000 >> 32)
        r.ref = frame + n
        r.captured = captured
        r.wire = wire
        r.link = form.link
        r.interface = interface
        r.flags = 0
        at += size
    return n, at, 0, drops


class Erf:
    """The walker of one ERF file."""

    def __init__(self) -> None:
        self.name = "erf"
        self.links: set[int] = set()
        self.interfaces = 0
        self.drops = 0
        self._frame = 0
        self._met = np.zeros((128, 4), np.uint8)

    def walk(self, buffer: NDArray[Any], at: int, end: int, rows: NDArray[Any]) -> Step:
        """Fill RECORD `rows` from the bytes `buffer[at:end]`."""
        n, at, need, self.drops = walk(buffer, at, end, rows, LAYOUT, self._met, self._frame, self.drops)
        self._frame += n
        self.links = set(LAYOUT["link"][self._met.any(axis=1)].tolist())
        self.interfaces = int(self._met.any(axis=0).sum())
        if need >= 0:
            return Step(n, at, need)
        return Step(n, at, fault=Fault(DAMAGED, "a record is shorter than its header", "Records before it are used"))


def plausible(head: bytes) -> bool:
    """Whether `head` is a chain of ERF records: known types, times less than a week apart, more than one unless it ends there."""
    at = count = 0
    before = None
    while at + HEADER <= len(head):
        seconds, kind = int.from_bytes(head[at + 4 : at + 8], "little"), head[at + 8] & ~MORE
        size, wire = int.from_bytes(head[at + 10 : at + 12], "big"), int.from_bytes(head[at + 14 : at + 16], "big")
        if kind not in TYPES or size < HEADER or (wire == 0 and kind in (1, 2)):
            return False
        if kind != PAD:
            if before is not None and abs(seconds - before) > WEEK_S:
                return False
            before = seconds
        count += 1
        at += size
    return count > 1 or (count == 1 and at == len(head))


FORMAT = Format(head=PROBE_BYTES, matches=plausible, walker=Erf)

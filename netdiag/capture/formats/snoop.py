"""Walks snoop files (RFC 1761), as Solaris writes them.

Not supported: the Shomiti and Network Associates variants, whose link type field has other numbers.
"""

import struct
from typing import Any

from numpy.typing import NDArray

from netdiag.capture.fault import Fault
from netdiag.capture.format import Format, Step
from netdiag.capture.input import DAMAGED
from netdiag.capture.linktypes import ATM_CLIP, ETHERNET, FDDI, HDLC, IEEE802_5, IP_OVER_FC, IPNET, IPOIB, SUNATM, UNKNOWN, max_captured
from netdiag.capture.words import MAX_WIRE, nanoseconds
from netdiag.kernel import be32, kernel

MAGIC = b"snoop\0\0\0"
FILE_HEADER, RECORD_HEADER, PADDING = 16, 24, 3
LINKS = {0: ETHERNET, 2: IEEE802_5, 4: ETHERNET, 5: HDLC, 8: FDDI, 16: ATM_CLIP, 17: IP_OVER_FC, 18: SUNATM, 26: IPNET, 27: IPOIB}
"""LINKTYPE of a datalink type number: RFC 1761 section 3.1, and Solaris `sys/dlpi.h` for those above 9."""


@kernel
def walk(b: Any, at: int, end: int, rows: Any, link: int, limit: int, frame: int, drops: int) -> Any:
    """Fill one row per record; returns rows, the next record's offset, bytes needed (-1: impossible length), drops so far."""
    n = 0
    while n < rows.size:
        if end - at < RECORD_HEADER:
            return n, at, RECORD_HEADER, drops
        wire, captured, size = be32(b, at), be32(b, at + 4), be32(b, at + 8)
        if captured > limit or size < RECORD_HEADER + captured or size > RECORD_HEADER + limit + PADDING:
            return n, at, -1, drops
        if end - at < size:
            return n, at, size, drops
        drops = be32(b, at + 12)
        r = rows[n]
        n += 1
        r.offset = at + RECORD_HEADER
        r.ts_ns = nanoseconds(be32(b, at + 16), be32(b, at + 20) * 1000)
        r.ref = frame + n
        r.captured = captured
        r.wire = min(wire, MAX_WIRE)
        r.link = link
        r.interface = 0
        r.flags = 0
        at += size
    return n, at, 0, drops


class Snoop:
    """The walker of one snoop file."""

    def __init__(self) -> None:
        self.name = "snoop"
        self.links: set[int] = set()
        self.interfaces = 0
        self.drops = 0
        self._frame = 0
        self._link = UNKNOWN

    def walk(self, buffer: NDArray[Any], at: int, end: int, rows: NDArray[Any]) -> Step:
        """Fill RECORD `rows` from the bytes `buffer[at:end]`."""
        if not self.links:
            if end - at < FILE_HEADER:
                return Step(0, at, need=FILE_HEADER)
            version, datalink = struct.unpack(">II", buffer[at + 8 : at + FILE_HEADER].tobytes())
            if version != 2:
                return Step(
                    0, at, fault=Fault(DAMAGED, f"snoop version {version} is not supported", "Convert it with the tool that wrote it")
                )
            self._link = LINKS.get(datalink, UNKNOWN)
            self.links, self.interfaces, at = {self._link}, 1, at + FILE_HEADER
        limit = max_captured(self._link)
        n, at, need, self.drops = walk(buffer, at, end, rows, self._link, limit, self._frame, self.drops)
        self._frame += n
        if need >= 0:
            return Step(n, at, need)
        return Step(n, at, fault=Fault(DAMAGED, "a record's lengths contradict each other", "Records before it are used"))


FORMAT = Format(head=len(MAGIC), matches=lambda head: head == MAGIC, walker=Snoop)

"""Walks classic pcap files: microsecond, nanosecond and modified (Kuznetzov), either byte order.

Old files have the two lengths of a record in the other order: before version 2.3 always, in 2.3 when they
contradict each other (libpcap `sf-pcap.c` does the same). The FCS length in the upper bits of the link type is
not needed: IP headers say where their datagram ends.

Not supported: the other users of the modified magic (Nokia, early SUSE patches) and the IXIA and Navtel variants.

References: draft-ietf-opsawg-pcap.
"""

from typing import Any, Literal

from numpy.typing import NDArray

from netdiag.capture.fault import Fault
from netdiag.capture.format import Format, Step
from netdiag.capture.input import DAMAGED
from netdiag.capture.linktypes import linktype, max_captured
from netdiag.capture.words import MAX_WIRE, ask_ahead, nanoseconds, u32
from netdiag.kernel import kernel

FILE_HEADER = 24
MAGICS = {0xA1B2C3D4: ("pcap", 16, 1000), 0xA1B23C4D: ("pcap-ns", 16, 1), 0xA1B2CD34: ("pcap-modified", 24, 1000)}
"""Magic number: name, size of a record header, ns per unit of a record's fraction."""
RESERVED = 0x03FF0000
"""Bits of the link type field that must be zero."""
AS_IS, SWAPPED, MAYBE_SWAPPED = 0, 1, 2


@kernel
def walk(
    b: Any, at: int, end: int, rows: Any, frame: int, big: bool, header: int, unit_ns: int, link: int, lengths: int, limit: int
) -> Any:
    """Fill one row per record; returns rows, the next record's offset, bytes needed from there (-1: its length is impossible)."""
    n = 0
    while n < rows.size:
        if end - at < header:
            return n, at, header
        captured, wire = u32(b, at + 8, big), u32(b, at + 12, big)
        if lengths == SWAPPED or (lengths == MAYBE_SWAPPED and captured > wire):
            captured, wire = wire, captured
        if captured > limit:
            return n, at, -1
        if end - at < header + captured:
            return n, at, header + captured
        ask_ahead(b, at, header + captured)
        r = rows[n]
        n += 1
        r.offset = at + header
        r.ts_ns = nanoseconds(u32(b, at, big), u32(b, at + 4, big) * unit_ns)
        r.ref = frame + n
        r.captured = captured
        r.wire = min(wire, MAX_WIRE)
        r.link = link
        r.interface = 0
        r.flags = 0
        at += header + captured
    return n, at, 0


class Pcap:
    """The walker of one pcap file."""

    def __init__(self) -> None:
        self.name = "pcap"
        self.links: set[int] = set()
        self.interfaces = 0
        self.drops = 0
        self._frame = 0
        self._shape: tuple[Any, ...] = ()

    def walk(self, buffer: NDArray[Any], at: int, end: int, rows: NDArray[Any]) -> Step:
        """Fill RECORD `rows` from the bytes `buffer[at:end]`."""
        if not self._shape:
            if end - at < FILE_HEADER:
                return Step(0, at, need=FILE_HEADER)
            if fault := self._header(buffer[at : at + FILE_HEADER].tobytes()):
                return Step(0, at, fault=fault)
            at += FILE_HEADER
        n, at, need = walk(buffer, at, end, rows, self._frame, *self._shape)
        self._frame += n
        if need >= 0:
            return Step(n, at, need)
        return Step(n, at, fault=Fault(DAMAGED, f"a record claims more than {self._shape[-1]} bytes", "Records before it are used"))

    def _header(self, head: bytes) -> Fault | None:
        order = byte_order(head)
        assert order is not None
        self.name, size, unit_ns = MAGICS[int.from_bytes(head[:4], order)]
        major, minor, field = (int.from_bytes(head[a:b], order) for a, b in ((4, 6), (6, 8), (20, 24)))
        if major not in (2, 543):
            return Fault(DAMAGED, f"pcap version {major}.{minor} is not supported", "Convert it with the tool that wrote it")
        if field & RESERVED:
            return Fault(DAMAGED, f"reserved bits of the link type field are set ({field:#010x})", "Repair the header, or capture again")
        link = linktype(field & 0xFFFF)
        lengths = SWAPPED if major == 543 or minor < 3 else MAYBE_SWAPPED if minor == 3 else AS_IS
        self._shape = (order == "big", size, unit_ns, link, lengths, max_captured(link))
        self.links.add(link)
        self.interfaces = 1
        return None


def byte_order(head: bytes) -> Literal["little", "big"] | None:
    """The byte order in which `head` starts with a pcap magic number; None when it does not."""
    if int.from_bytes(head[:4], "little") in MAGICS:
        return "little"
    return "big" if int.from_bytes(head[:4], "big") in MAGICS else None


FORMAT = Format(head=4, matches=lambda head: len(head) >= 4 and byte_order(head) is not None, walker=Pcap)

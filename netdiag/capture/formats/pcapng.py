"""Walks pcapng files: several sections, each with its byte order and interfaces.

Packet blocks (enhanced, simple, and the obsolete one) are walked in a compiled kernel. What describes them
(section header, interface description, interface statistics) is rare and read in `_describe`. All other blocks
are stepped over by their length, however long they are. Interfaces are numbered over all sections of the file.

Frame numbers are Wireshark's: it lists custom blocks, systemd journal entries and Sysdig events as frames, so
they take a number although they are no packets.

References: draft-ietf-opsawg-pcapng.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.capture.fault import Fault
from netdiag.capture.format import Format, Step
from netdiag.capture.input import DAMAGED
from netdiag.capture.linktypes import linktype, max_captured
from netdiag.capture.record import NO_TIME
from netdiag.capture.words import MAX_WIRE, ask_ahead, nanoseconds, u16, u32
from netdiag.kernel import kernel, step

SECTION, INTERFACE, PACKET, SIMPLE, STATISTICS, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 5, 6
MAGIC = b"\x1a\x2b\x3c\x4d"
OTHER_FRAMES = (0x0BAD, 0x40000BAD, 9, 0x204, 0x208, 0x209, 0x216, 0x217, 0x221, 0x222, 0x223)
"""Blocks that are no packets but have a frame number: custom, systemd journal, Sysdig events."""
MAX_BLOCK = 16 << 20
"""Longest block whose content matters; Wireshark refuses longer ones too."""
MAX_INTERFACES = 1 << 20
MAX_OFFSET = 1 << 61
DESCRIPTIONS = {SECTION: 16, INTERFACE: 8, STATISTICS: 12}
"""Blocks read in Python: bytes of their fixed fields, before the options."""
REMEDY = "Packets before it are used; capture again, or cut the file there"
IF_TSRESOL, IF_TSOFFSET, ISB_IFDROP = 9, 14, 5

IFACE = np.dtype(
    [
        ("link", "i4"),
        ("snaplen", "i4"),  # 0: no limit
        ("limit", "i4"),  # captured length beyond which a record is damage
        ("shift", "i4"),  # ticks are 2**-shift s; -1: they are decimal, and the next three say how
        ("per_second", "u8"),
        ("multiply", "u8"),
        ("divide", "u8"),  # ns of a part of a second = ticks * multiply // divide
        ("offset_s", "i8"),
        ("drops", "u8"),
    ]
)

FULL, NEED, SKIP, DESCRIBE, BAD_BLOCK, BAD_TRAILER, BAD_INTERFACE, BAD_CAPTURED = range(8)
PROBLEMS = {
    BAD_BLOCK: "a block's length is impossible",
    BAD_TRAILER: "the two length fields of a block differ",
    BAD_INTERFACE: "a packet belongs to an interface that is not described",
    BAD_CAPTURED: "a packet is longer than its block, or than any packet may be",
}


@step
def binary_ns(ticks: Any, shift: int) -> Any:
    """floor(ticks * 1e9 / 2**shift) as uint64, for ticks below 2**shift; in two halves because the product has up to 94 bits."""
    if shift <= 32:
        return (ticks * np.uint64(1_000_000_000)) >> np.uint64(shift)
    if shift >= 96:
        return np.uint64(0)
    high = (ticks >> np.uint64(32)) * np.uint64(1_000_000_000)
    low = (ticks & np.uint64(0xFFFFFFFF)) * np.uint64(1_000_000_000)
    return (high + (low >> np.uint64(32))) >> np.uint64(shift - 32)


@step
def clock(ticks: Any, face: Any) -> Any:
    """Time of an interface's tick count (uint64) in ns since the epoch; seconds and fraction apart, so that nothing overflows."""
    if face.shift < 0:
        seconds = ticks // face.per_second
        fraction = (ticks - seconds * face.per_second) * face.multiply // face.divide
    else:
        seconds = ticks >> np.uint64(face.shift) if face.shift < 64 else np.uint64(0)
        rest = ticks - (seconds << np.uint64(face.shift)) if face.shift < 64 else ticks
        fraction = binary_ns(rest, face.shift)
    return nanoseconds(np.int64(min(seconds, np.uint64(1 << 61))) + face.offset_s, np.int64(fraction))


@kernel
def walk(b: Any, at: int, end: int, rows: Any, big: bool, faces: Any, base: int, frame: int, last_ns: int) -> Any:
    """Fill one row per packet block.

    `faces[base:]` are the section's interfaces. Returns rows, the next block's offset, why it stopped, bytes (needed
    or to skip), the last frame number and the last time. Long because three block layouts share one loop.
    """
    n = 0
    while n < rows.size:
        if end - at < 12:
            return n, at, NEED, 12, frame, last_ns
        kind, total = u32(b, at, big), u32(b, at + 4, big)
        if kind in (SECTION, INTERFACE, STATISTICS):
            return n, at, DESCRIBE, 0, frame, last_ns
        whole = (total + 3) & ~3
        if total < 12:
            return n, at, BAD_BLOCK, 0, frame, last_ns
        if kind not in (ENHANCED, SIMPLE, PACKET):
            if end - at >= whole and u32(b, at + whole - 4, big) != total:
                return n, at, BAD_TRAILER, 0, frame, last_ns
            if kind in OTHER_FRAMES:
                frame += 1
            if end - at < whole:
                return n, at, SKIP, whole - 4, frame, last_ns
            at += whole
            continue
        head = 12 if kind == SIMPLE else 28
        if total < head + 4 or total > MAX_BLOCK:
            return n, at, BAD_BLOCK, 0, frame, last_ns
        if end - at < whole:
            return n, at, NEED, whole, frame, last_ns
        if u32(b, at + whole - 4, big) != total:
            return n, at, BAD_TRAILER, 0, frame, last_ns
        which = np.int64(0)
        if kind == ENHANCED:
            which = u32(b, at + 8, big)
        elif kind == PACKET:
            which = u16(b, at + 8, big)
        if which >= faces.size - base:
            return n, at, BAD_INTERFACE, 0, frame, last_ns
        face = faces[base + which]
        flags = 0
        if kind == SIMPLE:
            wire = u32(b, at + 8, big)
            captured = min(wire, total - 16)
            if face.snaplen > 0:
                captured = min(captured, face.snaplen)
            flags = NO_TIME
        else:
            captured, wire = u32(b, at + 20, big), u32(b, at + 24, big)
            last_ns = clock(np.uint64(u32(b, at + 12, big)) << np.uint64(32) | np.uint64(u32(b, at + 16, big)), face)
        if captured > total - head - 4 or captured > face.limit:
            return n, at, BAD_CAPTURED, 0, frame, last_ns
        ask_ahead(b, at, whole)
        frame += 1
        r = rows[n]
        n += 1
        r.offset = at + head
        r.ts_ns = last_ns
        r.ref = frame
        r.captured = captured
        r.wire = min(wire, MAX_WIRE)
        r.link = face.link
        r.interface = base + which
        r.flags = flags
        at += whole
    return n, at, FULL, 0, frame, last_ns


class Pcapng:
    """The walker of one pcapng file."""

    def __init__(self) -> None:
        self.name = "pcapng"
        self.links: set[int] = set()
        self.interfaces = 0
        self.drops = 0
        self._order = "<"
        self._faces = np.zeros(4, IFACE)
        self._base = 0
        self._frame = 0
        self._last_ns = 0
        self._skipped = self._total = 0  # of a block that was stepped over, whose last word is not checked yet

    def walk(self, buffer: NDArray[Any], at: int, end: int, rows: NDArray[Any]) -> Step:
        """Fill RECORD `rows` from the bytes `buffer[at:end]`."""
        n = 0
        if self._skipped:
            if end - at < 4:
                return Step(0, at, need=4)
            if self._word(buffer, at) != self._total:
                return Step(0, at - self._skipped, fault=self._fault(BAD_TRAILER))
            self._skipped, at = 0, at + 4
        n = 0
        while True:
            faces = self._faces[: self.interfaces]
            more, at, why, size, self._frame, self._last_ns = walk(
                buffer, at, end, rows[n:], self._order == ">", faces, self._base, self._frame, self._last_ns
            )
            n += more
            if why == DESCRIBE:
                step = self._describe(buffer, at, end)
                if step.need or step.fault:
                    return step._replace(rows=n)
                at = step.at
            elif why == SKIP:
                self._skipped, self._total = size, self._word(buffer, at + 4)
                return Step(n, at, need=4, skip=size)
            elif why in (FULL, NEED):
                return Step(n, at, need=size)
            else:
                return Step(n, at, fault=self._fault(why))

    def _describe(self, buffer: NDArray[Any], at: int, end: int) -> Step:
        """Read a section header, interface description or interface statistics block."""
        kind = self._word(buffer, at)
        if kind == SECTION:
            magic = buffer[at + 8 : at + 12].tobytes()
            if magic not in (MAGIC, MAGIC[::-1]):
                return Step(0, at, fault=Fault(DAMAGED, "a section has an unknown byte order", REMEDY))
            self._order = ">" if magic == MAGIC else "<"
        total = self._word(buffer, at + 4)
        whole = (total + 3) & ~3
        if not DESCRIPTIONS[kind] + 12 <= total <= MAX_BLOCK:
            return Step(0, at, fault=self._fault(BAD_BLOCK))
        if end - at < whole:
            return Step(0, at, need=whole)
        if self._word(buffer, at + whole - 4) != total:
            return Step(0, at, fault=self._fault(BAD_TRAILER))
        body = buffer[at + 8 : at + whole - 4].tobytes()
        fields = options(body[DESCRIPTIONS[kind] :], self._order)
        if fields is None:
            return Step(0, at, fault=Fault(DAMAGED, "an option is longer than its block", REMEDY))
        fault = None
        if kind == SECTION:
            fault = self._section(body)
        elif kind == INTERFACE:
            fault = self._interface(body, fields)
        else:
            self._statistics(body, fields)
        return Step(0, at if fault else at + whole, fault=fault)

    def _section(self, body: bytes) -> Fault | None:
        major, minor = struct.unpack_from(self._order + "HH", body, 4)
        if (major, minor) not in ((1, 0), (1, 2)):
            return Fault(DAMAGED, f"pcapng version {major}.{minor} is not supported", "Convert it with the tool that wrote it")
        self._base = self.interfaces
        return None

    def _interface(self, body: bytes, fields: dict[int, bytes]) -> Fault | None:
        if self.interfaces == MAX_INTERFACES:
            return Fault(DAMAGED, f"more than {MAX_INTERFACES} interfaces", REMEDY)
        if self.interfaces == self._faces.size:
            self._faces = np.concatenate([self._faces, np.zeros_like(self._faces)])
        link, snaplen = struct.unpack_from(self._order + "HxxI", body)
        resolution = fields.get(IF_TSRESOL, b"\6")
        offset = fields.get(IF_TSOFFSET, bytes(8))
        if len(resolution) != 1 or len(offset) != 8:
            return Fault(DAMAGED, "an interface's clock is described by options of the wrong length", REMEDY)
        face = self._faces[self.interfaces]
        face["link"], face["snaplen"] = linktype(link), min(snaplen, MAX_WIRE)
        face["limit"] = max_captured(linktype(link))
        face["shift"], face["per_second"], face["multiply"], face["divide"] = tick(resolution[0])
        face["offset_s"] = max(-MAX_OFFSET, min(MAX_OFFSET, struct.unpack(self._order + "q", offset)[0]))
        self.interfaces += 1
        self.links.add(linktype(link))
        return None

    def _statistics(self, body: bytes, fields: dict[int, bytes]) -> None:
        """Keep the newest drop counter of an interface; it counts from the start of the capture."""
        which = self._base + int(struct.unpack_from(self._order + "I", body)[0])
        if which < self.interfaces and len(fields.get(ISB_IFDROP, b"")) == 8:
            drops = int(struct.unpack(self._order + "Q", fields[ISB_IFDROP])[0])
            self.drops += drops - int(self._faces["drops"][which])
            self._faces["drops"][which] = drops

    def _word(self, buffer: NDArray[Any], at: int) -> int:
        return int.from_bytes(buffer[at : at + 4].tobytes(), "little" if self._order == "<" else "big")

    def _fault(self, why: int) -> Fault:
        return Fault(DAMAGED, PROBLEMS[why], REMEDY)


def tick(resolution: int) -> tuple[int, int, int, int]:
    """IFACE `shift, per_second, multiply, divide` of an if_tsresol byte."""
    exponent = resolution & 0x7F
    if resolution & 0x80:
        return exponent, 0, 0, 0
    if exponent <= 19:
        return -1, 10**exponent, 10 ** max(9 - exponent, 0), 10 ** max(exponent - 9, 0)
    return -1, (1 << 64) - 1, int(exponent <= 28), 10 ** min(exponent - 9, 19)


def options(data: bytes, order: str) -> dict[int, bytes] | None:
    """First value of each option in an option list; None when one runs past the end."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if len(data) - at < 4:
            return None
        code, size = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            break
        if size > len(data) - at - 4:
            return None
        found.setdefault(code, data[at + 4 : at + 4 + size])
        at += 4 + (size + 3 & ~3)
    return found


FORMAT = Format(head=12, matches=lambda head: head[:4] == b"\n\r\r\n" and head[8:12] in (MAGIC, MAGIC[::-1]), walker=Pcapng)

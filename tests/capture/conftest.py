"""Writes small captures of every format, and reads captures into plain values."""

import gzip
import io
import lzma
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import lz4.frame
import pytest
import zstandard

from netdiag.capture.capture import Capture
from netdiag.capture.slab import SCRATCH

NS = 1_000_000_000
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": lz4.frame.compress,
    "xz": lzma.compress,
}


class Packet(NamedTuple):
    """One record and its bytes."""

    ts_ns: int
    data: bytes
    wire: int
    link: int
    interface: int
    ref: int
    flags: int


def pcap(packets: Sequence[tuple[int, bytes]], *, magic: int = 0xA1B23C4D, order: str = "<", link: int = 1, version: Any = (2, 4)) -> bytes:
    """A pcap file of (time in ns, bytes)."""
    unit, extra = (1, b"") if magic == 0xA1B23C4D else (1000, bytes(8) if magic == 0xA1B2CD34 else b"")
    out = [struct.pack(order + "IHHiIII", magic, *version, 0, 0, 262144, link)]
    for ts, data in packets:
        out += [struct.pack(order + "IIII", ts // NS, ts % NS // unit, len(data), len(data) + 7), extra, data]
    return b"".join(out)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """A pcapng option."""
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", options: bytes = b"", version: Any = (1, 0)) -> bytes:
    """A section header block."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, -1) + options, order)


def interface(order: str = "<", link: int = 1, snaplen: int = 0, options: bytes = b"") -> bytes:
    """An interface description block."""
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def enhanced(ticks: int, data: bytes, order: str = "<", which: int = 0, options: bytes = b"") -> bytes:
    """An enhanced packet block."""
    head = struct.pack(order + "IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data) + 7)
    return block(6, head + data + bytes(-len(data) % 4) + options, order)


def pcapng(packets: Sequence[tuple[int, bytes]], order: str = "<") -> bytes:
    """A pcapng file of (time in ns, bytes), nanosecond clock."""
    clock = option(9, b"\x09", order)
    return section(order) + interface(order, options=clock) + b"".join(enhanced(ts, data, order) for ts, data in packets)


def snoop(packets: Sequence[tuple[int, bytes]], datalink: int = 4) -> bytes:
    """A snoop file of (time in ns, bytes)."""
    out = [b"snoop\0\0\0", struct.pack(">II", 2, datalink)]
    for n, (ts, data) in enumerate(packets):
        pad = -len(data) % 4
        out += [struct.pack(">IIIIII", len(data) + 7, len(data), 24 + len(data) + pad, n, ts // NS, ts % NS // 1000), data, bytes(pad)]
    return b"".join(out)


def erf(packets: Sequence[tuple[int, bytes]], kind: int = 2, loss: int = 0, extensions: int = 0, which: int = 0) -> bytes:
    """An ERF file of (time in ns, bytes)."""
    out = []
    for ts, data in packets:
        pad = b"\0\0" if kind & 0x7F == 2 else b""
        stamp = (ts // NS << 32) + -(-(ts % NS << 32) // NS)
        extra = b"".join(bytes((0x80 if n < extensions - 1 else 0,)) + bytes(7) for n in range(extensions))
        more = 0x80 if extensions else 0
        size = 16 + len(extra) + len(pad) + len(data)
        out += [struct.pack("<Q", stamp), struct.pack(">BBHHH", kind | more, which, size, loss, len(data) + 7), extra, pad, data]
    return b"".join(out)


WRITERS: dict[str, Callable[..., bytes]] = {"pcap": pcap, "pcapng": pcapng, "snoop": snoop, "erf": erf}


def drain(capture: Capture) -> list[Packet]:
    """All records of a capture; what a chunk promises is checked on the way."""
    packets = []
    for chunk in capture.chunks():
        assert chunk.records.size > 0
        assert chunk.buffer.size >= chunk.used + SCRATCH
        for r in chunk.records:
            assert 0 <= r["offset"] <= r["offset"] + r["captured"] <= chunk.used
            data = chunk.buffer[r["offset"] : r["offset"] + r["captured"]].tobytes()
            packets.append(
                Packet(int(r["ts_ns"]), data, int(r["wire"]), int(r["link"]), int(r["interface"]), int(r["ref"]), int(r["flags"]))
            )
        chunk.buffer[chunk.used :] = 0xEE  # the scratch bytes are the consumer's
    return packets


def read(*paths: Path | str, **options: Any) -> list[Packet]:
    """All records of a capture of these paths."""
    return drain(Capture(paths, **options))


SAMPLE = [(1_700_000_000 * NS + n * 1_000_000, bytes((n,)) * size) for n, size in enumerate((60, 1, 0, 1514, 64, 300, 9000, 60))]
"""Some packets: (time, bytes)."""


@pytest.fixture(scope="session")
def files() -> SimpleNamespace:
    """The functions and values above, for tests that write captures."""
    return SimpleNamespace(**globals())


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Makes some bytes what standard input holds."""

    def give(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give

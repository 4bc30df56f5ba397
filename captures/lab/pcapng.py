"""Joins captures of several interfaces into one pcapng file, which tcpdump cannot write."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6


def merge(paths: list[Path], out: Path) -> None:
    """One interface per capture, in their order, and packets in the order of time."""
    captures = [path.read_bytes() for path in paths]
    written = [_block(SECTION, struct.pack("=IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for capture in captures:
        snaplen, linktype = struct.unpack_from("=II", capture, 16)
        written.append(_block(INTERFACE, struct.pack("=HHI", linktype, 0, snaplen)))
    packets = sorted((us, at, original, data) for at, capture in enumerate(captures) for us, original, data in _packets(capture))
    for us, at, original, data in packets:
        head = struct.pack("=IIIII", at, us >> 32, us & 0xFFFFFFFF, len(data), original)
        written.append(_block(PACKET, head + data.ljust(len(data) + -len(data) % 4, b"\0")))
    out.write_bytes(b"".join(written))


def _packets(capture: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 24
    while at + 16 <= len(capture):
        seconds, us, length, original = struct.unpack_from("=IIII", capture, at)
        yield seconds * 1_000_000 + us, original, capture[at + 16 : at + 16 + length]
        at += 16 + length


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("=I", len(body) + 12)
    return struct.pack("=I", kind) + length + body + length

"""Decodes bytes given by a test, as chunks of one file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netdiag.capture.record import RECORD, Chunk
from netdiag.capture.slab import SCRATCH
from netdiag.packets.decode import Decoder
from netdiag.packets.packet import PACKET

Frame = bytes | tuple[bytes, int]
"""A packet's bytes, and its length on the wire where the snap length cut it."""


def as_chunk(frames: Sequence[Frame], link: int | Sequence[int] = 1, ts_ns: Sequence[int] | None = None, first: int = 1) -> Chunk:
    """A chunk of these packets, one millisecond apart unless `ts_ns` says otherwise; frame numbers count from `first`."""
    cut = [frame if isinstance(frame, tuple) else (frame, len(frame)) for frame in frames]
    data = b"".join(frame for frame, _ in cut)
    buffer = np.full(len(data) + SCRATCH, 0xEE, np.uint8)
    buffer[: len(data)] = np.frombuffer(data, np.uint8)
    records = np.zeros(len(cut), RECORD)
    records["captured"] = [len(frame) for frame, _ in cut]
    records["wire"] = [wire for _, wire in cut]
    records["offset"] = np.cumsum(records["captured"]) - records["captured"]
    records["link"] = link
    records["ref"] = np.arange(first, first + len(cut))
    records["ts_ns"] = np.arange(first, first + len(cut)) * 1_000_000 if ts_ns is None else ts_ns
    return Chunk(buffer, len(data), records)


def rows_of(chunks: Iterable[Chunk], decoder: Decoder | None = None) -> NDArray[Any]:
    """All rows of the chunks, copied out of their batches."""
    decoder = decoder or Decoder(1)
    batches = [batch.copy() for chunk in chunks for batch in decoder.rows(chunk)]
    return np.concatenate(batches) if batches else np.zeros(0, PACKET)


@pytest.fixture(scope="session")
def chunk() -> Callable[..., Chunk]:
    """`as_chunk`."""
    return as_chunk


@pytest.fixture(scope="session")
def decode_chunks() -> Callable[..., NDArray[Any]]:
    """`rows_of`."""
    return rows_of


@pytest.fixture(scope="session")
def decode() -> Callable[..., NDArray[Any]]:
    """Rows of some packets: `decode(frames, link)`."""

    def decoded(frames: Sequence[Frame], link: int | Sequence[int] = 1, ts_ns: Sequence[int] | None = None) -> NDArray[Any]:
        return rows_of([as_chunk(frames, link, ts_ns)])

    return decoded


@pytest.fixture(scope="session")
def segment() -> Callable[..., bytes]:
    """IPv4 with a TCP segment of 10.0.0.1 port 1234 to 10.0.0.2 port 443: `segment(payload, options, flags)`."""

    def build(payload: bytes = b"hello", options: bytes = b"", flags: int = 0x18) -> bytes:
        tcp = struct.pack(">HHIIHHHH", 1234, 443, 1000, 2000, (20 + len(options)) // 4 << 12 | flags, 500, 0xBEEF, 0) + options + payload
        head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 77, 0x4000, 63, 6, 0, 0x0A000001, 0x0A000002)
        return head + tcp

    return build

"""Says where each packet record lies: the contract between `capture` and `packets`.

A chunk is one byte buffer and one row per record in it. Both are reused: rows are valid until the next chunk is asked for, bytes
while TURNS chunks are in use. A record's bytes are always whole in its chunk.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RECORD = np.dtype(
    [
        ("offset", "i8"),  # where the packet's first captured byte lies in the buffer
        ("ts_ns", "i8"),  # capture time, ns since the epoch
        ("ref", "i8"),  # see ref.py
        ("captured", "i4"),  # bytes in the buffer
        ("wire", "i4"),  # bytes the packet had on the wire
        ("link", "i4"),  # LINKTYPE_ number as registered by tcpdump.org (DLT aliases already mapped)
        ("interface", "i4"),  # interface index, counted over all files of the capture in order of first packet
        ("flags", "i4"),  # NO_TIME
    ],
    align=True,
)

NO_TIME = 1
"""Bit of `flags`: the record carries no time of its own (pcapng simple packet block); `ts_ns` is its predecessor's in the file."""


@dataclass(slots=True)
class Chunk:
    """Some records of a capture, in capture order."""

    buffer: NDArray[np.uint8]
    """Raw bytes; at least SCRATCH bytes past `used` are free for the reader of the chunk (reassembly)."""
    used: int
    """Bytes of `buffer` that hold input."""
    records: NDArray[Any]
    """Rows of dtype RECORD."""


TURNS = 4
"""Chunks in use at a time: the one that is made, the one that is tracked, and some between, so that neither waits for the other's pace.
As many buffers take turns wherever bytes or rows are handed on."""

"""Puts fragmented IP datagrams together, within fixed bounds.

As in Wireshark, what a fragmented datagram carries is read in the frame that completes it; the other fragments are
just IP. A first fragment that the snap length cut can never be completed: it is read by itself, as is what an ICMP
error quotes. At most SLOTS datagrams are open; a further one displaces the oldest, and one that waited longer than
TIMEOUT_NS gives way to a new one with its identity. The frame that displaces carries FRAGMENT_DROPPED, and so does a fragment that
contradicts what is there (it is not used; RFC 5722 asks the same of IPv6).

Sources: RFC 791 section 3.2, RFC 8200 section 4.5.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.kernel import step
from netdiag.packets.walk import BAD_LENGTH, FRAGMENT_DROPPED, ODD_FRAGMENT, STOP, by_protocol

SLOTS = 256
LARGEST = 1 << 16
"""Bytes of one datagram's slot; an IP payload is shorter."""
BLOCK = 8
"""Fragments begin at multiples of this, so which bytes have come is kept per block."""
TIMEOUT_NS = 60_000_000_000
"""RFC 8200 section 4.5; Linux waits 30 s for IPv4."""
RESERVE = LARGEST
"""What one packet may need of the scratch area: a second datagram inside the first has to share it."""

SLOT = np.dtype(
    [
        ("src_hi", "u8"),
        ("src_lo", "u8"),
        ("dst_hi", "u8"),
        ("dst_lo", "u8"),
        ("identity", "i8"),  # IPv4: id and protocol; IPv6: id
        ("scope", "i8"),
        ("version", "i8"),  # 0: the slot is free
        ("born", "i8"),  # rank of the first fragment
        ("ts_ns", "i8"),  # of the first fragment
        ("protocol", "i8"),  # what the fragment at offset 0 says is inside
        ("total", "i8"),  # bytes, known when the last fragment came; else -1
        ("extent", "i8"),  # end of the farthest fragment
        ("blocks", "i8"),  # blocks that have come
    ]
)


def new_table() -> tuple[NDArray[Any], NDArray[np.uint8], NDArray[np.uint8]]:
    """Empty slots, their bodies (SLOTS, LARGEST) and which blocks of them are there; pages are used when touched."""
    return np.zeros(SLOTS + 1, SLOT), np.zeros((SLOTS, LARGEST), np.uint8), np.zeros((SLOTS, LARGEST // BLOCK), np.uint8)


@step
def _slot_of(w: Any, row: Any, identity: Any, table: Any, seen: Any) -> Any:
    """The datagram's slot: its own, a free one, or the oldest one's."""
    free, oldest = -1, 0
    for i in range(SLOTS):
        s = table[i]
        if s.version == 0:
            if free < 0:
                free = i
        elif (
            s.identity == identity
            and s.src_lo == row.src_lo
            and s.dst_lo == row.dst_lo
            and s.src_hi == row.src_hi
            and s.dst_hi == row.dst_hi
            and s.scope == w.scope
            and s.version == row.version
        ):
            if abs(w.ts_ns - s.ts_ns) <= TIMEOUT_NS:
                return i
            free = i
            break
        elif s.born < table[oldest].born:
            oldest = i
    i = free if free >= 0 else oldest
    s = table[i]
    if s.version != 0:
        row.oddities |= FRAGMENT_DROPPED
    for block in range((s.extent + BLOCK - 1) // BLOCK):
        seen[i, block] = 0
    counter = table[SLOTS]
    counter.born += 1
    s.src_hi, s.src_lo, s.dst_hi, s.dst_lo = row.src_hi, row.src_lo, row.dst_hi, row.dst_lo
    s.identity, s.scope, s.version, s.born, s.ts_ns = identity, w.scope, row.version, counter.born, w.ts_ns
    s.protocol, s.total, s.extent, s.blocks = 0, -1, 0, 0
    return i


@step
def _fits(b: Any, start: Any, begin: Any, end: Any, more: Any, s: Any, bodies: Any, seen: Any, i: Any) -> Any:
    """Whether a fragment agrees with the length and the bytes known so far."""
    if (s.total >= 0 and end > s.total) or (not more and (s.extent > end or (s.total >= 0 and s.total != end))):
        return False
    for block in range(begin // BLOCK, (end + BLOCK - 1) // BLOCK):
        if seen[i, block]:
            for k in range(block * BLOCK, min(block * BLOCK + BLOCK, end)):
                if bodies[i, k] != b[start + k - begin]:
                    return False
    return True


@step
def reassemble(b: Any, w: Any, row: Any, begin: Any, more: Any, identity: Any, protocol: Any, table: Any, bodies: Any, seen: Any) -> None:
    """Keep the fragment at `w.at`; when it completes its datagram, walk on in the scratch area, else stop.

    `begin` is its offset in the datagram in bytes, `more` whether others follow, `protocol` what it says is inside.
    """
    if w.quoted == 0:
        row.oddities |= ODD_FRAGMENT
    length = w.limit - w.at
    if w.quoted != 0 or w.cap < w.limit:
        if begin != 0:
            w.kind = STOP
        return
    w.kind = STOP
    if length <= 0 or begin + length >= LARGEST or (more and length % BLOCK != 0):
        row.oddities |= BAD_LENGTH
        return
    i = _slot_of(w, row, identity, table, seen)
    s = table[i]
    end = begin + length
    if not _fits(b, w.at, begin, end, more, s, bodies, seen, i):
        row.oddities |= FRAGMENT_DROPPED
        return
    for k in range(length):
        bodies[i, begin + k] = b[w.at + k]
    for block in range(begin // BLOCK, (end + BLOCK - 1) // BLOCK):
        if not seen[i, block]:
            seen[i, block] = 1
            s.blocks += 1
    s.extent = max(s.extent, end)
    if begin == 0:
        s.protocol = protocol
    if not more:
        s.total = end
    if s.total < 0 or s.blocks * BLOCK < s.total:
        return
    s.version = 0
    if w.scratch + s.total > w.scratch_end:
        row.oddities |= FRAGMENT_DROPPED
        return
    for k in range(s.total):
        b[w.scratch + k] = bodies[i, k]
    w.at, w.cap, w.limit, w.length = w.scratch, w.scratch + s.total, w.scratch + s.total, 0
    w.scratch += s.total
    by_protocol(w, row, s.protocol)

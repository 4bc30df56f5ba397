"""Asks memory for what the next packets will need.

One packet's way to its row is a chain of cache misses: the hash table, the row, its two sides, the table of recent packets, and
while the handshake is followed rare events and payload. Those of many packets, asked for together, overlap; this takes a fifth off
the time of tracking or more.
"""

from typing import Any

import numpy as np

from netdiag.connections.duplicates import recent_place, signature
from netdiag.connections.incarnations import first_place, key_hash, tag_of
from netdiag.kernel import step


@step
def fetch(
    packets: Any, start: Any, b: Any, rows: Any, live: Any, sides: Any, table: Any, recent: Any, seed: Any, hashes: Any, signatures: Any
) -> Any:  # fmt: skip
    """Fill `hashes` and `signatures` for the packets from `start` on, and touch their rows.

    Returns how many packets, and a number that means nothing (so that the compiler keeps the reads).
    """
    count = min(hashes.size, packets.size - start)
    mask, sink = np.int64(table.size - 1), np.int64(0)
    for k in range(count):
        p = packets[start + k]
        hashes[k], signatures[k] = key_hash(p, seed), signature(p)
        sink ^= table[first_place(hashes[k], mask)] ^ np.int64(recent[recent_place(signatures[k]), 0])
    for k in range(count):
        entry = table[first_place(hashes[k], mask)]
        if entry >= 0 and entry >> 32 == tag_of(hashes[k]):
            i = entry & 0xFFFFFFFF
            sink ^= live[i].last_ns ^ np.int64(live[i].src_lo) ^ np.int64(sides[2 * i].next) ^ np.int64(sides[2 * i + 1].next)
            if live[i].following:
                r, p = rows[i], packets[start + k]
                sink ^= r.phase_ns ^ np.int64(r.history_lo) ^ r.synack_ns ^ r.hello_ns ^ r.server_hello_ns
                sink ^= np.int64(b[p.payload_at]) if p.captured > 0 else 0
    return count, sink

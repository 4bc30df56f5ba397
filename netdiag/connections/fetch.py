"""Has ready what the next packets will need: their connections back in the tables, and all of it on its way to the cache.

One packet's way to its row is a chain of cache misses: the table of 4-tuples, the connection's number, the row, its two sides, and while
the handshake is followed rare events and payload. Those of many packets are asked for together, link by link, so that none is waited for.
"""

from typing import Any

import numpy as np

from netdiag.connections.connection import CONNECTION
from netdiag.connections.duplicates import recent_place, signature
from netdiag.connections.incarnations import DEPTH, key_hash
from netdiag.connections.settled import awaken
from netdiag.connections.state import LINK, LIVE, SEED, SIDE_STATE
from netdiag.connections.tuples import ENTRY_BYTES, alike, first_place, number_at, place_of_hash
from netdiag.kernel import kernel, step
from netdiag.memory import LINE, prefetch

LINK_BYTES, LIVE_BYTES, SIDES_BYTES, ROW_BYTES = LINK.itemsize, LIVE.itemsize, 2 * SIDE_STATE.itemsize, CONNECTION.itemsize
RECENT_BYTES = 16
TCP = 6


@kernel
def look_up(packets: Any, keys: Any, meta: Any) -> None:
    """Fill `keys` for packets: it needs nothing but them, so that it can be done before the packets' turn."""
    seed = meta[SEED]
    for k in range(packets.size):
        p = packets[k]
        keys[k].hash, keys[k].signature = key_hash(p, seed), signature(p)


@step
def fetch(
    packets: Any, keys: Any, start: Any, b: Any, rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any,
    settled: Any, flat: Any, table: Any, recent: Any, found: Any, meta: Any,
) -> Any:  # fmt: skip
    """Make ready for the packets from `start` on; returns for how many.

    For each there must be DEPTH free places: so many incarnations of its 4-tuple may have to come back.
    """
    count, mask = min(found.size, packets.size - start), np.int64(table.size - 1)
    for k in range(count):
        prefetch(table, ENTRY_BYTES * first_place(keys[start + k].hash, mask))
        prefetch(recent, RECENT_BYTES * recent_place(keys[start + k].signature))
    for k in range(count):
        h = keys[start + k].hash
        j = first_place(h, mask)
        if table[j] and alike(table[j], h, mask):
            prefetch(links, LINK_BYTES * number_at(table, j))
    for k in range(count):
        p = packets[start + k]
        n = np.int64(-1)
        if p.proto == TCP or p.quoted_proto == TCP:
            n = number_at(table, place_of_hash(keys[start + k].hash, links, table))
        found[k] = n
        if n >= 0 and links[n].at >= 0:
            at = links[n].at
            prefetch(live, at * LIVE_BYTES)
            prefetch(live, at * LIVE_BYTES + LINE)
            for line in range(0, SIDES_BYTES, LINE):
                prefetch(sides, at * SIDES_BYTES + line)
    for k in range(count):
        n = found[k]
        for _ in range(DEPTH):
            if n < 0:
                break
            if links[n].at < 0:
                awaken(n, rows, sides, live, waits, holders, free, links, settled, flat, meta)
            n = np.int64(links[n].older)
        if found[k] >= 0 and live[links[found[k]].at].following:
            for line in range(0, ROW_BYTES, LINE):
                prefetch(rows, links[found[k]].at * ROW_BYTES + line)
            prefetch(b, packets[start + k].payload_at)
    return count

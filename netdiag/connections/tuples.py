"""The table of 4-tuples: finds the newest connection of a packet's.

Open addressing, four bytes a place: every connection of the capture has one, so that they are most of what tracking holds in memory. The
lower bits of an entry, as many as number the places, are the connection's number plus one (0 is a free place); the others are those of the
hash that do not say where to look first, so that few wrong connections are looked at.
"""

from typing import Any

import numpy as np

from netdiag.connections.incarnations import other_way, same_way
from netdiag.kernel import kernel, step
from netdiag.memory import prefetch

FULL, OF = 3, 4
"""So many of so many places may be taken: 8 are looked at on average for a new 4-tuple then (Knuth, TAOCP 3, 6.4), in one or two lines of
the cache."""
ENTRY_BYTES = 4
AHEAD = 32
"""Places asked for ahead of their use while a table is filled."""


@step
def most(table: Any) -> Any:
    """How many connections there may be."""
    return table.size // OF * FULL


@step
def first_place(h: Any, mask: Any) -> Any:
    """Where to look first in a table of mask + 1 places."""
    return np.int64(h >> np.uint64(32)) & mask


@step
def entry_of(n: Any, h: Any, mask: Any) -> Any:
    """What stands for connection `n` in a table of mask + 1 places."""
    return np.int64(h & np.uint64(0xFFFFFFFF)) & ~mask | (n + 1)


@step
def number_at(table: Any, j: Any) -> Any:
    """Number of the connection at a place, -1 where it is free."""
    return (np.int64(table[j]) & np.int64(table.size - 1)) - 1


@step
def alike(entry: Any, h: Any, mask: Any) -> Any:
    """Whether an entry that is not free may be of a 4-tuple with hash `h`."""
    return (np.int64(entry) ^ np.int64(h & np.uint64(0xFFFFFFFF))) & ~mask == 0


@step
def place_of(p: Any, h: Any, live: Any, links: Any, table: Any) -> Any:
    """Where the newest connection of the packet's 4-tuple stands in `table`, or the free place for it; `h` is the packet's `key_hash`.

    A settled connection is another one: `fetch` has called back the one with this hash. That two 4-tuples share all 64 bits of it is as
    likely as guessing the seed.
    """
    mask = np.int64(table.size - 1)
    j = first_place(h, mask)
    while table[j]:
        if alike(table[j], h, mask):
            link = links[number_at(table, j)]
            if link.hash == h and link.at >= 0:
                r = live[link.at]
                if same_way(r, p) or other_way(r, p):
                    return j
        j = (j + 1) & mask
    return j


@step
def place_of_hash(h: Any, links: Any, table: Any) -> Any:
    """Where the newest connection of the 4-tuple with hash `h` stands in `table`, or the free place for it."""
    mask = np.int64(table.size - 1)
    j = first_place(h, mask)
    while table[j]:
        if alike(table[j], h, mask) and links[number_at(table, j)].hash == h:
            return j
        j = (j + 1) & mask
    return j


@kernel
def fill_table(links: Any, count: Any, table: Any) -> None:
    """As `fill`."""
    fill(links, count, table)


@step
def fill(links: Any, count: Any, table: Any) -> None:
    """Enter the first `count` connections in an empty table: of one 4-tuple the last stays."""
    mask = np.int64(table.size - 1)
    for n in range(count):
        prefetch(table, ENTRY_BYTES * first_place(links[min(n + AHEAD, count - 1)].hash, mask))
        h = links[n].hash
        table[place_of_hash(h, links, table)] = entry_of(n, h, mask)

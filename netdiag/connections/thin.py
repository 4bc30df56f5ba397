"""Forgets what a flood or a scan left behind: SYNs that nobody repeats, from sources that never did anything else.

Connections stay in memory until the end of the capture, since verdicts weigh all of them against each other. A spoofed SYN flood would fill
it with one connection per packet. Of such a SYN there is nothing more to know: whoever means to connect sends it again after a second (RFC
6298 2.1), or goes on when it is answered. Where the tables run out of room these go, all but the latest, and are counted.
"""

from typing import Any

import numpy as np

from netdiag.connections.lone import LONE, source_of
from netdiag.connections.settled import clear, leave
from netdiag.connections.state import FORGOTTEN, MUTE, ROWS
from netdiag.kernel import kernel

LATEST = 4
"""One in so many rows, the latest, are kept whatever they are: their story may go on."""

GONE, NEEDED = -1, -2


@kernel
def thin(
    rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any, moved: Any, sources: Any, spoken: Any, meta: Any
) -> None:  # fmt: skip
    """Choose the lone SYNs to forget, and take them out of the tables.

    `moved` and `sources` (int64, connections) and `spoken` (uint8, SOURCES) are scratch, all zeros. `moved` is then the new number of each
    connection, -1 for what goes; ids stay. Two sources may share a mark, and then neither is forgotten for the other's sake.
    """
    count = meta[ROWS]
    for n in range(count):
        if links[n].older >= 0:
            moved[links[n].older] = NEEDED
        i = links[n].at
        sources[n] = source_of(rows[i], live[i], sides[2 * i], sides[2 * i + 1]) if i >= 0 else np.int64(links[n].source)
        if not sources[n] & LONE:
            spoken[sources[n]] = 1
    kept = 0
    for n in range(count):
        lone = sources[n] & LONE and not spoken[sources[n] & (LONE - 1)]
        if lone and n < count - count // LATEST and moved[n] != NEEDED:
            moved[n] = GONE
            if links[n].at >= 0:
                clear(links[n].at, rows, sides, live, waits)
                leave(links[n].at, holders, free, meta)
        else:
            moved[n] = kept
            kept += 1


@kernel
def renumber(links: Any, holders: Any, moved: Any, meta: Any) -> None:
    """Close the gaps in `links`, in order."""
    kept = 0
    for n in range(meta[ROWS]):
        if moved[n] < 0:
            continue
        links[kept] = links[n]
        if links[kept].older >= 0:
            links[kept].older = moved[links[kept].older]
        if links[kept].at >= 0:
            holders[links[kept].at] = kept
        kept += 1
    meta[FORGOTTEN] += meta[ROWS] - kept
    meta[MUTE] -= meta[ROWS] - kept
    meta[ROWS] = kept

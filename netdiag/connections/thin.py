"""Forgets what a flood or a scan left behind: SYNs that nobody repeats, from sources that never did anything else.

Connections are kept until the end of the capture, since verdicts weigh all of them against each other. A spoofed SYN flood would make
one per packet. Of such a SYN there is nothing more to know: whoever means to connect sends it again after a second (RFC 6298 2.1), or
goes on when it is answered. Where there is no room for more connections these go, all but the latest, and are counted.
"""

from typing import Any

from netdiag.connections.lone import LONE, source_of
from netdiag.connections.settled import clear, close, leave
from netdiag.connections.state import FORGOTTEN, MUTE, ROWS
from netdiag.connections.tuples import fill
from netdiag.kernel import kernel, step

LATEST = 4
"""One in so many connections, the latest, are kept whatever they are: their story may go on."""

GONE, NEEDED = -1, -2


@kernel
def thin(
    rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any, settled: Any, table: Any,
    moved: Any, spoken: Any, meta: Any,
) -> None:  # fmt: skip
    """Forget lone SYNs, close the gaps and number the others anew, in order; ids stay.

    `moved` (int32, connections) and `spoken` (uint8, SOURCES) are scratch, all zeros.
    All in one kernel: an interrupt comes before it or after it.
    """
    choose(rows, sides, live, waits, holders, free, links, moved, spoken, meta)
    close(settled, links, moved, meta)
    renumber(links, holders, moved, meta)
    for k in range(table.size):
        table[k] = 0
    fill(links, meta[ROWS], table)


@step
def choose(
    rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any, moved: Any, spoken: Any, meta: Any
) -> None:  # fmt: skip
    """Choose what to forget and take it out of the tables; `moved` is then the new number of each connection, -1 for what goes.

    Two sources may share a mark, and then neither is forgotten for the other's sake.
    """
    count = meta[ROWS]
    for n in range(count):
        if links[n].older >= 0:
            moved[links[n].older] = NEEDED
        i = links[n].at
        if i >= 0:
            links[n].source = source_of(rows[i], live[i], sides[2 * i], sides[2 * i + 1])
        if not links[n].source & LONE:
            spoken[links[n].source] = 1
    kept = 0
    for n in range(count):
        lone = links[n].source & LONE and not spoken[links[n].source & (LONE - 1)]
        if lone and n < count - count // LATEST and moved[n] != NEEDED:
            moved[n] = GONE
            if links[n].at >= 0:
                clear(links[n].at, rows, sides, live, waits)
                leave(links[n].at, holders, free, meta)
        else:
            moved[n] = kept
            kept += 1


@step
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
    for n in range(kept, meta[ROWS]):
        links[n].at, links[n].hash, links[n].older, links[n].source = 0, 0, 0, 0
    meta[FORGOTTEN] += meta[ROWS] - kept
    meta[MUTE] -= meta[ROWS] - kept
    meta[ROWS] = kept

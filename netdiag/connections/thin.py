"""Forgets what a flood or a scan left behind: SYNs that nobody repeats, from sources that never did anything else.

Connections stay in memory until the end of the capture, since verdicts weigh all of them against each other. A spoofed SYN flood would fill
it with one connection per packet. Of such a SYN there is nothing more to know: whoever means to connect sends it again after a second (RFC
6298 2.1), or goes on when it is answered. Where the tables run out of room these go, all but the latest, and are counted.
"""

from typing import Any

import numpy as np

from netdiag.connections.connection import PHASES
from netdiag.connections.incarnations import mixed
from netdiag.connections.state import FORGOTTEN, MUTE, ROWS, SLOTS
from netdiag.kernel import kernel, step

LATEST = 4
"""One in so many rows, the latest, are kept whatever they are: their story may go on."""

STAYS, NEEDED = 0, -2
GONE = -1


@step
def lone_syn(r: Any, here: Any, out: Any, back: Any) -> Any:
    """Whether the originator sent one SYN and nothing else, and nothing but SYN-ACKs answered it."""
    return (
        r.syn_count == 1
        and out.packets == 1
        and back.packets == r.synack_count
        and out.slot < 0
        and not here.established
        and r.icmp_count == 0
        and r.prev_id < 0
    )


@step
def source_place(here: Any, spoken: Any) -> Any:
    """Where a source is marked; two sources may share a place, and then neither is forgotten for the other's sake."""
    return np.int64(mixed(here.src_lo + mixed(here.src_hi)) & np.uint64(spoken.size - 1))


@kernel
def thin(rows: Any, sides: Any, live: Any, waits: Any, slot_owner: Any, moved: Any, spoken: Any, meta: Any) -> Any:
    """Forget lone SYNs and close the gaps, in order; returns how many went.

    `moved` (rows) and `spoken` (a power of 2) are scratch, all zeros. Rows move, so that hash tables must be filled anew; ids stay.
    """
    count = meta[ROWS]
    for i in range(count):
        if live[i].older >= 0:
            moved[live[i].older] = NEEDED
        if not lone_syn(rows[i], live[i], sides[2 * i], sides[2 * i + 1]):
            spoken[source_place(live[i], spoken)] = 1
    kept = 0
    for i in range(count):
        idle = i < count - count // LATEST and moved[i] == STAYS and not spoken[source_place(live[i], spoken)]
        if idle and lone_syn(rows[i], live[i], sides[2 * i], sides[2 * i + 1]):
            moved[i] = GONE
            continue
        if kept != i:
            rows[kept], live[kept] = rows[i], live[i]
            sides[2 * kept], sides[2 * kept + 1] = sides[2 * i], sides[2 * i + 1]
            for phase in range(PHASES):
                waits[kept, phase] = waits[i, phase]
        if live[kept].older >= 0:
            live[kept].older = moved[live[kept].older]  # it stands before, and is needed: it has moved by now
        moved[i] = kept
        kept += 1
    for slot in range(SLOTS):
        owner = slot_owner[slot]
        if owner >= 0:
            slot_owner[slot] = 2 * moved[owner >> 1] + (owner & 1)
    meta[ROWS] = kept
    meta[FORGOTTEN] += count - kept
    meta[MUTE] -= count - kept
    return count - kept

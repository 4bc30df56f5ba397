"""Tracks connections over chunks and files: grows the kernel's arrays and hands out tables at the end."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.incarnations import rehash
from netdiag.connections.names import refill
from netdiag.connections.spill import Spill
from netdiag.connections.state import (
    DUPLICATES,
    FORGOTTEN,
    MUTE,
    NAMES,
    NEW_NAMES,
    NEW_ROWS,
    ROOM,
    ROWS,
    SEED,
    STREAMS_DROPPED,
    State,
    grow,
    new_state,
)
from netdiag.connections.thin import thin
from netdiag.connections.track import track
from netdiag.native import compile_beside

NOTHING = """
import numpy as np
from netdiag.connections.tracker import Tracker, refill
from netdiag.packets.packet import PACKET
tracker = Tracker(1)
tracker.feed(np.zeros(0, PACKET), np.zeros(1, np.uint8))
state = tracker.state
tracker.forget()
refill(state.arena, state.names, 0, state.name_table, 0)
"""
"""Calls every kernel of the room, with no packets."""


def prepare() -> None:
    """On a first run, begin to compile beside what else is compiled."""
    compile_beside(track, NOTHING)


SOURCES = 1 << 22
"""Places to mark sources in: a million of them leave few that share one."""
WORTH = 4
"""At least one in so many rows must be free after forgetting, or the room is doubled: forgetting costs a walk over all rows."""


class Tracker:
    """Feeds packet rows to the compiled loop; the answer does not depend on how they are cut into batches.

    Parameters
    ----------
    inputs : int
        Number of input files (rows of `hello_counts`).
    seed : int
        Salts the hash tables; any value gives the same result.
    room : int
        Connections to begin with; when they are used up, lone SYNs are forgotten (see `thin`), and where that frees little the room is
        doubled.
    """

    def __init__(self, inputs: int, seed: int = 0, room: int = ROOM) -> None:
        self._state: State = new_state(inputs, seed, room)
        self._spill = Spill()

    def feed(self, packets: NDArray[Any], buffer: NDArray[np.uint8]) -> None:
        """Take PACKET rows in capture order; `payload_at` points into `buffer`."""
        done = 0
        while (done := self._run(packets, done, buffer)) < len(packets):
            self._make_room()

    def _run(self, packets: NDArray[Any], start: int, buffer: NDArray[np.uint8]) -> int:
        s = self._state
        return int(
            track(
                packets, start, buffer, s.rows, s.sides, s.live, s.waits, s.table, s.names, s.name_table, s.arena,
                s.slots, s.slot_owner, s.slot_ranges, s.message, s.recent, s.recent_interface,
                s.hello_counts, s.hashes, s.signatures, s.meta,
            )
        )  # fmt: skip

    def _make_room(self) -> None:
        s, least = self._state, NEW_ROWS
        if len(s.rows) - int(s.meta[ROWS]) < NEW_ROWS:
            least = len(s.rows) // WORTH
            if s.meta[MUTE] >= least:
                self.forget()
        s = grow(s, self._spill, least)
        if len(s.table) // 2 - int(s.meta[ROWS]) < NEW_ROWS:
            s = s._replace(table=np.full(4 * len(s.table), -1, np.int64))
            rehash(s.live, s.meta, s.table)
        if len(s.name_table) // 2 - int(s.meta[NAMES]) < NEW_NAMES:
            s = s._replace(name_table=np.full(4 * len(s.name_table), -1, np.int32))
            refill(s.arena, s.names, int(s.meta[NAMES]), s.name_table, int(s.meta[SEED]))
        self._state = s

    def forget(self) -> None:
        """Let go of what a flood or a scan left behind."""
        s, before = self._state, int(self._state.meta[ROWS])
        if not thin(s.rows, s.sides, s.live, s.waits, s.slot_owner, np.zeros(before, np.int32), np.zeros(SOURCES, np.uint8), s.meta):
            return
        now = int(s.meta[ROWS])
        for array, each in ((s.rows, 1), (s.sides, 2), (s.live, 1), (s.waits, 1)):
            array[each * now : each * before].view(np.uint8)[:] = 0
        s.table[:] = -1
        rehash(s.live, s.meta, s.table)

    @property
    def state(self) -> State:
        """The arrays as they stand."""
        return self._state

    @property
    def hello_counts(self) -> NDArray[np.int64]:
        """(inputs, 2): frames that completed a ClientHello, a ServerHello."""
        return self._state.hello_counts

    @property
    def duplicates(self) -> int:
        """Packets that were captured twice."""
        return int(self._state.meta[DUPLICATES])

    @property
    def forgotten(self) -> int:
        """Lone SYNs that were let go of to make room."""
        return int(self._state.meta[FORGOTTEN])

    @property
    def streams_dropped(self) -> int:
        """TLS streams that were not read to the end because reassembly ran out of room."""
        return int(self._state.meta[STREAMS_DROPPED])

"""Tracks connections over chunks and files: grows the kernel's arrays and hands out tables at the end."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.derived import load
from netdiag.connections.fetch import look_up
from netdiag.connections.lone import SOURCES
from netdiag.connections.names import refill
from netdiag.connections.settled import MOST_BYTES, close_up, crowded, settle_all
from netdiag.connections.spill import Spill
from netdiag.connections.state import (
    AWAKENED,
    CRAMPED,
    DUPLICATES,
    FORGOTTEN,
    KEY,
    MUTE,
    NAMES,
    NEW_NAMES,
    NEW_ROWS,
    ROOM,
    ROWS,
    SEED,
    SETTLED,
    STREAMS_DROPPED,
    WASTE,
    State,
    grow,
    more_places,
    new_state,
)
from netdiag.connections.thin import thin
from netdiag.connections.track import track
from netdiag.connections.tuples import fill_table, most
from netdiag.errors import ConfigError
from netdiag.native import compile_beside
from netdiag.packets.packet import PACKET

COMPILE = "import gc; gc.disable(); from netdiag.connections.tracker import compile_tracking; compile_tracking()"
"""Compiling leaves little that could be collected."""


def prepare() -> None:
    """On a first run, have another process compile half of the room's kernels while this one compiles what else there is.

    Raises
    ------
    ConfigError
        The environment forbids compiled code.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        raise ConfigError("NUMBA_DISABLE_JIT is set, but only compiled code can read packets. Unset it")
    compile_beside(track, COMPILE, compile_others)


def compile_tracking() -> None:
    """Call the kernels of tracking on nothing, those too that only a large capture needs: then they are compiled and kept."""
    tracker, nothing = Tracker(1), np.zeros(0, np.int32)
    tracker.feed(np.zeros(0, PACKET), np.zeros(1, np.uint8))
    tracker.settle()
    state = tracker.state
    close_up(state.settled, state.links, nothing, state.meta)
    fill_table(state.links, 0, state.table)
    refill(state.arena, state.names, 0, state.name_table, 0)


def compile_others() -> None:
    """The same for the room's other kernels: compiling these and decoding takes about as long as `compile_tracking`."""
    load()
    Tracker(1).forget()


WORTH = 4
"""One in so many connections must be free after forgetting, or the room is doubled: forgetting costs a walk over all of them."""


Tables = tuple[
    NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any],
]  # fmt: skip


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

    def keys(self, packets: NDArray[Any]) -> NDArray[Any]:
        """What packets are looked up by (dtype KEY), for `feed`: it depends on them alone, so another thread can find it ahead of time."""
        keys = np.empty(len(packets), KEY)
        look_up(packets, keys, self._state.meta)
        return keys

    def load(self) -> None:
        """Have the compiled loop at hand: the first packets need not wait for it."""
        self._run(np.zeros(0, PACKET), np.zeros(0, KEY), 0, np.zeros(1, np.uint8))

    def feed(self, packets: NDArray[Any], buffer: NDArray[np.uint8], keys: NDArray[Any] | None = None) -> None:
        """Take PACKET rows in capture order; `payload_at` points into `buffer`."""
        done, keys = 0, self.keys(packets) if keys is None else keys
        while (done := self._run(packets, keys, done, buffer)) < len(packets):
            self._make_room()

    def _run(self, packets: NDArray[Any], keys: NDArray[Any], start: int, buffer: NDArray[np.uint8]) -> int:
        s = self._state
        return int(
            track(
                packets, keys, start, buffer, *_tables(s), s.flat, s.table, s.names, s.name_table, s.arena, s.slots, s.slot_owner,
                s.slot_ranges, s.message, s.recent, s.recent_interface, s.hello_counts, s.found, s.meta,
            )
        )  # fmt: skip

    def _make_room(self) -> None:
        s, least = self._state, NEW_ROWS
        if len(s.links) - int(s.meta[ROWS]) < NEW_ROWS:
            least = max(len(s.links) // WORTH, NEW_ROWS)
            if s.meta[MUTE] >= least:
                self.forget()
        s = grow(s, self._spill, least)
        if most(s.table) - int(s.meta[ROWS]) < NEW_ROWS:
            places = 2 * len(s.table)
            s = self._state = s._replace(table=np.zeros(0, np.uint32))  # the old one is let go of first
            s = s._replace(table=np.zeros(places, np.uint32))
            fill_table(s.links, int(s.meta[ROWS]), s.table)
        if len(s.name_table) // 2 - int(s.meta[NAMES]) < NEW_NAMES:
            s = s._replace(name_table=np.full(4 * len(s.name_table), -1, np.int32))
            refill(s.arena, s.names, int(s.meta[NAMES]), s.name_table, int(s.meta[SEED]))
        if s.meta[CRAMPED]:
            s.meta[CRAMPED] = 0
            s = self._more_places(s)
        self._state = s

    def _more_places(self, s: State) -> State:
        """Room in the tables, or for what leaves them."""
        if crowded(s.holders, s.meta):
            s.meta[AWAKENED] = 0
            return more_places(s)
        if len(s.settled) - int(s.meta[SETTLED]) < len(s.holders) * MOST_BYTES:
            if s.meta[WASTE] > len(s.settled) // 2:
                close_up(s.settled, s.links, np.arange(s.meta[ROWS], dtype=np.int32), s.meta)
                return s
            return s._replace(settled=self._spill.doubled("settled", s.settled))
        return more_places(s)  # too many wait for bytes

    def settle(self) -> None:
        """Take every connection out of the tables that does not wait for bytes: the answer stays the same."""
        s = self._state
        while len(s.settled) - int(s.meta[SETTLED]) < len(s.holders) * MOST_BYTES:
            s = s._replace(settled=self._spill.doubled("settled", s.settled))
        self._state = s
        settle_all(*_tables(s), s.meta)

    def forget(self) -> None:
        """Let go of what a flood or a scan left behind."""
        s = self._state
        thin(*_tables(s), s.table, np.zeros(int(s.meta[ROWS]), np.int32), np.zeros(SOURCES, np.uint8), s.meta)

    def finish(self) -> State:
        """The arrays without what only further packets need, which is let go of."""
        self._state = self._state._replace(table=np.zeros(0, np.uint32), slots=self._state.slots[:0].copy())
        return self._state

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


def _tables(s: State) -> Tables:
    """Where rows are, in the order in which kernels take it."""
    return s.rows, s.sides, s.live, s.waits, s.holders, s.free, s.links, s.settled

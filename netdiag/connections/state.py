"""Holds what the tracker carries from packet to packet, chunk to chunk and file to file.

Every array grows between kernel calls, never inside one: a kernel that could run out of room returns early.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.connection import CONNECTION, HOT, PHASES
from netdiag.connections.spill import Spill, zeros
from netdiag.memory import LINE

SIDE_STATE = np.dtype(
    [
        # the first line of the cache: what every segment reads or changes
        ("known", "u1"),  # KNOWS bits: which of `next`, `acked` and `tsval` are valid
        ("stream", "u1"),  # one of the four below
        ("record_type", "u1"),
        ("ciphered", "u1"),  # ChangeCipherSpec sent
        ("isn", "u4"),
        ("next", "u4"),  # highest sequence number sent, plus one
        ("acked", "u4"),  # highest acknowledgement the peer sent for this side's bytes
        ("tsval", "u4"),  # last timestamp value
        ("packets", "u4"),
        ("bytes", "i8"),
        ("retrans", "u4"),
        ("rst", "u4"),
        ("hole", "u4"),  # length of the last hole in the sequence space that is still open; 0 none
        ("hole_end", "u4"),
        ("largest", "u4"),  # payload sent
        ("delivered", "u4"),
        ("repeated", "u4"),
        ("expected", "u4"),  # sequence number of the next byte the parser wants
        # the second: TLS stream
        ("slot", "i4"),  # reassembly slot, -1 none
        ("record_left", "i4"),  # bytes left of the current record
        ("message_left", "i4"),  # bytes left of the current handshake message
        ("records", "u4"),  # records begun
        ("app_records", "u4"),  # application-data records after the ServerHello
        ("flight_done", "u1"),  # the server's clear-text flight ended (ServerHelloDone)
        # and what is rare
        ("ttl", "u1"),
        ("rst_ttl", "u1"),
        ("data_after_rst", "u4"),
        ("rst_ahead", "u4"),
        ("fin_ns", "i8"),
        ("fin_ref", "i8"),
        ("rst_ns", "i8"),
        ("rst_ref", "i8"),
    ],
    align=True,
)
KNOWS_NEXT, KNOWS_ACKED, KNOWS_TSVAL = 1, 2, 4

NOT_STARTED, TLS_STREAM, OTHER_STREAM, LOST_STREAM = 0, 1, 2, 3

LIVE = np.dtype(
    [
        *((name, kind) for name, kind, _ in HOT),
        ("awaits", "u1"),  # the originator's latest packet on this 4-tuple is this row's SYN, and nothing answered it
        ("following", "u1"),  # 1 while the handshake (TCP, then TLS) is followed, 0 when it is over
        ("established", "u1"),  # ack_ns of the row is set
        ("tls_done", "u1"),  # tls_done_ns of the row is set
        ("asked_again", "u1"),  # a HelloRetryRequest waits for its ClientHello
        ("prev_knows", "u1"),
        ("used", "u1"),  # a packet came for it since settling last looked
        ("prev_next_in", "u4"),  # the previous incarnation's responder's next number at this SYN
        ("spoken", "i8"),  # server payload bytes when the last ClientHello was complete
        ("hello_end", "u4"),  # sequence number after the ClientHello's last byte
    ],
    align=True,
)

LINK = np.dtype(
    [
        ("at", "i8"),  # where its row is: a place in the tables, or -1 less the byte of `settled` where it begins
        ("hash", "u8"),  # of its 4-tuple
        ("older", "i4"),  # the incarnation before on the same 4-tuple, in either direction; -1 none
        ("source", "u4"),  # of a settled connection, what `lone.source_of` says
    ],
    align=True,
)
"""What is kept of every connection by its number, in order of first packets."""

KEY = np.dtype([("hash", "u8"), ("signature", "u8")])
"""What a packet's connection and its twin are looked up by."""

TABLES = (LIVE, SIDE_STATE, SIDE_STATE, CONNECTION, np.dtype((np.int64, (PHASES,))))
"""What a connection has in the tables, as it stands in a row that is laid out flat."""
LIVE_WORDS, SIDES_WORDS, CONNECTION_WORDS = LIVE.itemsize // 8, 2 * SIDE_STATE.itemsize // 8, CONNECTION.itemsize // 8
ROW_WORDS = LIVE_WORDS + SIDES_WORDS + CONNECTION_WORDS + PHASES

SLOT_BYTES = 1 << 15
SLOTS = 1024
SLOT_RANGES = 4
"""Reassembly: this many streams at once may hold up to SLOT_BYTES in SLOT_RANGES pieces (32 MB); beyond that they give way in turn."""

NAME_BYTES = 512
"""A longer name is cut (a DNS name has at most 255 bytes, an ALPN list is short)."""

NEW_ROWS, NEW_NAMES = 1, 2
"""Most that one packet adds: a connection, and a server name with an ALPN offer."""

# `meta` counters
ROWS, NAMES, ARENA, SLOT_HAND, DUPLICATES, STREAMS_DROPPED, SEED, FORGOTTEN, MUTE = 0, 1, 2, 3, 4, 5, 6, 7, 8
FREE, HAND, SETTLED, WASTE, AWAKENED, CRAMPED, META = 9, 10, 11, 12, 13, 14, 15

DUPLICATE_ENTRIES = 1 << 13

AHEAD = 64
"""Packets whose rows are fetched together."""

ROOM = 1 << 18
"""Connections there is room for at first: address space only, pages that are not used cost no memory."""
PLACES = 1 << 14
"""Connections whose rows are in the tables at first; the others are settled."""
MOST_PLACES = 1 << 18
"""The tables grow up to this for connections that are called back again and again, further only when they must."""
SETTLED_BYTES = 1 << 27
"""Room for settled rows at first, as address space."""


class State(NamedTuple):
    """The tracker's arrays, as kernels take them."""

    rows: NDArray[Any]  # CONNECTION, one per place: rare events
    sides: NDArray[Any]  # SIDE_STATE, two per place: originator, responder
    live: NDArray[Any]  # LIVE, one per place: what every packet needs
    waits: NDArray[np.int64]  # (places, PHASES) longest waits, ns
    holders: NDArray[np.int32]  # number of the connection at each place, -1 free
    free: NDArray[np.int32]  # free places, the next one last
    links: NDArray[Any]  # LINK, one per connection, by number
    settled: NDArray[np.uint8]  # rows of connections that nobody speaks of, squeezed
    flat: NDArray[np.uint64]  # scratch for one row
    table: NDArray[np.uint32]  # of 4-tuples (see `tuples`)
    names: NDArray[np.int64]  # (names, 2) offset and length in the arena
    name_table: NDArray[np.int32]  # open addressing: name id; -1 free
    arena: NDArray[np.uint8]  # bytes of all names
    slots: NDArray[np.uint8]  # (SLOTS, SLOT_BYTES) stream bytes not yet parsed
    slot_owner: NDArray[np.int64]  # (SLOTS) side that owns the slot, -1 free
    slot_ranges: NDArray[np.int32]  # (SLOTS, SLOT_RANGES, 2) filled [start, end) from `expected` on
    message: NDArray[np.uint8]  # scratch for one handshake message
    recent: NDArray[np.uint64]  # (DUPLICATE_ENTRIES, 2) signature and time of recent packets
    recent_interface: NDArray[np.int32]
    hello_counts: NDArray[np.int64]  # (inputs, 2) frames that completed a ClientHello, a ServerHello
    found: NDArray[np.int64]  # connections of the packets fetched ahead
    meta: NDArray[np.int64]  # counters, by the names above


def new_state(inputs: int, seed: int, room: int = ROOM) -> State:
    """An empty tracker state for `inputs` files; `seed` salts the hash so that traffic cannot choose its bucket."""
    places = max(PLACES, 16 * AHEAD)
    state = State(
        rows=aligned(places, CONNECTION),
        sides=aligned(2 * places, SIDE_STATE),
        live=aligned(places, LIVE),
        waits=np.zeros((places, PHASES), np.int64),
        holders=np.full(places, -1, np.int32),
        free=np.arange(places, dtype=np.int32)[::-1].copy(),
        links=zeros(room * LINK.itemsize).view(LINK),
        settled=zeros(SETTLED_BYTES),
        flat=np.zeros(ROW_WORDS, np.uint64),
        table=np.zeros(1 << 12, np.uint32),
        names=np.zeros((1 << 8, 2), np.int64),
        name_table=np.full(1 << 10, -1, np.int32),
        arena=np.zeros(1 << 14, np.uint8),
        slots=zeros(SLOTS * SLOT_BYTES).reshape(SLOTS, SLOT_BYTES),
        slot_owner=np.full(SLOTS, -1, np.int64),
        slot_ranges=np.zeros((SLOTS, SLOT_RANGES, 2), np.int32),
        message=np.zeros(SLOT_BYTES, np.uint8),
        recent=np.zeros((DUPLICATE_ENTRIES, 2), np.uint64),
        recent_interface=np.zeros(DUPLICATE_ENTRIES, np.int32),
        hello_counts=np.zeros((inputs, 2), np.int64),
        found=np.zeros(AHEAD, np.int64),
        meta=np.zeros(META, np.int64),
    )
    state.meta[SEED], state.meta[FREE] = seed, places
    return state


def aligned(count: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """`count` zeros of a kind, the first at the beginning of a line of the cache."""
    whole = np.zeros(count * kind.itemsize + LINE, np.uint8)
    start = -whole.ctypes.data % LINE
    return whole[start : start + count * kind.itemsize].view(kind)


def grow(state: State, spill: Spill, connections: int = NEW_ROWS) -> State:
    """The same state with twice the room wherever the next packet, or so many connections, might not find enough."""
    short = {
        "links": len(state.links) - int(state.meta[ROWS]) < connections,
        "names": len(state.names) - int(state.meta[NAMES]) < NEW_NAMES,
        "arena": len(state.arena) - int(state.meta[ARENA]) < NEW_NAMES * NAME_BYTES,
    }
    return state._replace(**{name: spill.doubled(name, getattr(state, name)) for name, full in short.items() if full})


def more_places(state: State) -> State:
    """The same state with twice the places."""
    places = len(state.holders)
    new = np.arange(places, 2 * places, dtype=np.int32)[::-1]
    more: dict[str, Any] = {name: aligned(2 * len(old), old.dtype) for name in ("rows", "sides", "live") for old in [getattr(state, name)]}
    more |= {"waits": np.zeros((2 * places, PHASES), np.int64), "holders": np.full(2 * places, -1, np.int32)}
    for name, bigger in more.items():
        bigger[: len(getattr(state, name))] = getattr(state, name)
    free = state.free[: int(state.meta[FREE])]
    state.meta[FREE] += places
    return state._replace(**more, free=np.concatenate([new, free, np.zeros(places - len(free), np.int32)]))

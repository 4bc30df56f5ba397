"""Holds what the tracker carries from packet to packet, chunk to chunk and file to file.

Every array grows between kernel calls, never inside one: a kernel that could run out of room returns early.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.connection import CONNECTION, HOT, PHASES
from netdiag.connections.spill import Spill

SIDE_STATE = np.dtype(
    [
        # what every segment reads or changes
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
        # TLS stream
        ("expected", "u4"),  # sequence number of the next byte the parser wants
        ("slot", "i4"),  # reassembly slot, -1 none
        ("record_left", "i4"),  # bytes left of the current record
        ("message_left", "i4"),  # bytes left of the current handshake message
        ("records", "u4"),  # records begun
        ("app_records", "u4"),  # application-data records after the ServerHello
        ("flight_done", "u1"),  # the server's clear-text flight ended (ServerHelloDone)
        # rare
        ("ttl", "u1"),
        ("rst_ttl", "u1"),
        ("data_after_rst", "u4"),
        ("rst_ahead", "u4"),
        ("largest", "u4"),  # payload sent
        ("delivered", "u4"),
        ("repeated", "u4"),
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
        ("older", "i4"),  # the incarnation before on the same 4-tuple, in either direction; -1 none
        ("awaits", "u1"),  # the originator's latest packet on this 4-tuple is this row's SYN, and nothing answered it
        ("following", "u1"),  # 1 while the handshake (TCP, then TLS) is followed, 0 when it is over
        ("established", "u1"),  # ack_ns of the row is set
        ("tls_done", "u1"),  # tls_done_ns of the row is set
        ("asked_again", "u1"),  # a HelloRetryRequest waits for its ClientHello
        ("spoken", "i8"),  # server payload bytes when the last ClientHello was complete
        ("hello_end", "u4"),  # sequence number after the ClientHello's last byte
        ("prev_next_in", "u4"),  # the previous incarnation's responder's next number at this SYN
        ("prev_knows", "u1"),
    ],
    align=True,
)

SLOT_BYTES = 1 << 15
SLOTS = 1024
SLOT_RANGES = 4
"""Reassembly: this many streams at once may hold up to SLOT_BYTES in SLOT_RANGES pieces (32 MB); beyond that they give way in turn."""

NAME_BYTES = 512
"""A longer name is cut (a DNS name has at most 255 bytes, an ALPN list is short)."""

NEW_ROWS, NEW_NAMES = 1, 2
"""Most that one packet adds: a connection, and a server name with an ALPN offer."""

# `meta` counters
ROWS, NAMES, ARENA, SLOT_HAND, DUPLICATES, STREAMS_DROPPED, SEED, SINK, FORGOTTEN, MUTE, META = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

DUPLICATE_ENTRIES = 1 << 13

AHEAD = 64
"""Packets whose rows are fetched together."""

ROOM = 1 << 18
"""Connections there is room for at first: address space only, pages that are not used cost no memory."""


class State(NamedTuple):
    """The tracker's arrays, as kernels take them."""

    rows: NDArray[Any]  # CONNECTION, one per connection: rare events
    sides: NDArray[Any]  # SIDE_STATE, two per connection: originator, responder
    live: NDArray[Any]  # LIVE, one per connection: what every packet needs
    waits: NDArray[np.int64]  # (connections, PHASES) longest waits, ns
    table: NDArray[np.int64]  # open addressing: hash tag << 32 | newest row; -1 free
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
    hashes: NDArray[np.uint64]  # key hashes of the packets fetched ahead
    signatures: NDArray[np.uint64]  # and what tells their duplicates
    meta: NDArray[np.int64]  # counters, by the names above


def new_state(inputs: int, seed: int, room: int = ROOM) -> State:
    """An empty tracker state for `inputs` files; `seed` salts the hash so that traffic cannot choose its bucket."""
    state = State(
        rows=np.zeros(room, CONNECTION),
        sides=np.zeros(2 * room, SIDE_STATE),
        live=np.zeros(room, LIVE),
        waits=np.zeros((room, PHASES), np.int64),
        table=np.full(1 << 12, -1, np.int64),
        names=np.zeros((1 << 8, 2), np.int64),
        name_table=np.full(1 << 10, -1, np.int32),
        arena=np.zeros(1 << 14, np.uint8),
        slots=np.zeros((SLOTS, SLOT_BYTES), np.uint8),
        slot_owner=np.full(SLOTS, -1, np.int64),
        slot_ranges=np.zeros((SLOTS, SLOT_RANGES, 2), np.int32),
        message=np.zeros(SLOT_BYTES, np.uint8),
        recent=np.zeros((DUPLICATE_ENTRIES, 2), np.uint64),
        recent_interface=np.zeros(DUPLICATE_ENTRIES, np.int32),
        hello_counts=np.zeros((inputs, 2), np.int64),
        hashes=np.zeros(AHEAD, np.uint64),
        signatures=np.zeros(AHEAD, np.uint64),
        meta=np.zeros(META, np.int64),
    )
    state.meta[SEED] = seed
    return state


def grow(state: State, spill: Spill, rows: int = NEW_ROWS) -> State:
    """The same state with twice the room wherever the next packet, or `rows` connections, might not find enough."""
    short = {
        ("rows", "sides", "live", "waits"): len(state.rows) - int(state.meta[ROWS]) < rows,
        ("names",): len(state.names) - int(state.meta[NAMES]) < NEW_NAMES,
        ("arena",): len(state.arena) - int(state.meta[ARENA]) < NEW_NAMES * NAME_BYTES,
    }
    return state._replace(**{key: spill.doubled(key, getattr(state, key)) for keys, full in short.items() if full for key in keys})

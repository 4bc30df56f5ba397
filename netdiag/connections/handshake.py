"""Follows a connection's TLS handshake: feeds its bytes in order and keeps what it waits for, since when."""

from typing import Any

import numpy as np

from netdiag.connections import tls
from netdiag.connections.connection import Mark, Phase, Tls
from netdiag.connections.reassembly import consume, contiguous, insert, release, take_slot
from netdiag.connections.state import KNOWS_ACKED, LOST_STREAM, NOT_STARTED, OTHER_STREAM, STREAMS_DROPPED, TLS_STREAM
from netdiag.kernel import step
from netdiag.packets.packet import FIN, RST, SYN

_PARTIAL = int(Mark.PARTIAL)
_NONE, _OTHER, _LOST, _TLS = int(Tls.NONE), int(Tls.OTHER), int(Tls.LOST), int(Tls.TLS)
_OVER, _NO_HELLO, _HELLO_LOST, _NO_SERVER_HELLO, _FLIGHT_LOST, _FLIGHT_STOPPED, _NO_CLIENT_FINISH, _NO_SERVER_FINISH = (
    int(Phase.NONE),
    int(Phase.NO_CLIENT_HELLO),
    int(Phase.CLIENT_HELLO_LOST),
    int(Phase.NO_SERVER_HELLO),
    int(Phase.SERVER_FLIGHT_LOST),
    int(Phase.SERVER_FLIGHT_STOPPED),
    int(Phase.NO_CLIENT_FINISH),
    int(Phase.NO_SERVER_FINISH),
)


@step
def outstanding(side: Any) -> Any:
    """Whether the side sent bytes that the peer has not acknowledged."""
    return not side.known & KNOWS_ACKED or np.int32(side.next - side.acked) > 0


@step
def alert_ends(r: Any) -> Any:
    """Whether the alert seen ends the handshake: fatal, encrypted, close_notify (0) or user_canceled (90)."""
    return r.alert_by and (r.alert_level != tls.WARNING or r.alert_description == 0 or r.alert_description == 90)


@step
def phase_of(r: Any, here: Any, client: Any, server: Any) -> Any:
    """What the handshake waits for now."""
    if r.ack_ns == 0 and not (here.marks & _PARTIAL and r.tls == _TLS):
        return _OVER
    if r.tls_done_ns or alert_ends(r) or client.stream >= OTHER_STREAM or server.stream >= OTHER_STREAM:
        return _OVER
    if client.stream == NOT_STARTED and client.bytes == 0:
        return _NO_HELLO if server.bytes == 0 else _OVER  # the server speaks first: some other protocol
    if here.asked_again:
        return _FLIGHT_LOST if outstanding(server) else _NO_HELLO
    if server.bytes <= here.spoken:
        return _NO_SERVER_HELLO if r.hellos and not outstanding(client) else _HELLO_LOST
    if outstanding(server):
        return _FLIGHT_LOST
    whole = server.record_left == 0 and server.slot < 0
    if not (server.flight_done or (r.tls_version >= tls.TLS13 and server.app_records and whole)):
        return _FLIGHT_STOPPED
    return _NO_SERVER_FINISH if r.client_finish_ns else _NO_CLIENT_FINISH


@step
def keep_time(r: Any, here: Any, client: Any, server: Any, waits: Any, p: Any, progress: Any) -> None:
    """Close the running wait when the packet made progress, and begin the next."""
    before = r.phase
    now = phase_of(r, here, client, server)
    if before and (progress or now != before) and not (now == _OVER and r.tls != _TLS and r.tls != _LOST):  # no handshake, no wait
        wait = p.ts_ns - r.phase_ns
        waits[before] = max(waits[before], wait)
        if wait > r.wait_ns:
            r.wait_ns, r.wait_phase, r.wait_start_ns, r.wait_ref = wait, before, r.phase_ns, r.phase_ref
    if progress or now != before:
        r.phase, r.phase_ns, r.phase_ref = now, p.ts_ns, p.ref
    if now == _OVER and (r.ack_ns or here.marks & _PARTIAL):
        here.following = 0


@step
def give_up(r: Any, here: Any, p: Any, way: int) -> None:
    """Note who ended the connection while the handshake was waiting."""
    if p.flags & (FIN | RST) and r.phase:
        r.quit_ns, r.quit_ref, r.quit_by = p.ts_ns, p.ref, way + 1
        here.following = 0


@step
def hello_acknowledged(r: Any, here: Any, client: Any, p: Any) -> None:
    """Note the first server packet by which the whole ClientHello is acknowledged."""
    if r.hello_acked_ns == 0 and r.hellos and client.known & KNOWS_ACKED and np.int32(client.acked - here.hello_end) >= 0:
        r.hello_acked_ns = p.ts_ns


@step
def readable(mine: Any, p: Any, b: Any) -> Any:
    """Whether the packet's payload is for the TLS parser: a stream that can be followed, or one that turns to TLS here."""
    if mine.stream == OTHER_STREAM:
        return tls.looks_like_hello(b, p.payload_at, p.payload_at + p.captured)
    return mine.stream != LOST_STREAM


@step
def lose(mine: Any, slot_owner: Any) -> None:
    """Stop reading a stream whose bytes the capture does not hold."""
    mine.stream = LOST_STREAM
    release(mine, slot_owner)


@step
def skip_cut(r: Any, mine: Any, missing: Any) -> Any:
    """Pass over `missing` bytes that the snap length cut away; False if something in them had to be read."""
    if missing > mine.record_left:
        return False
    if tls.clear_messages(r, mine):
        if missing > mine.message_left:
            return False
        mine.message_left -= missing
    mine.record_left -= missing
    mine.expected += np.uint32(missing)
    return True


@step
def feed(
    r: Any, here: Any, sides: Any, me: Any, way: int, p: Any, b: Any, slots: Any, slot_owner: Any, slot_ranges: Any,
    arena: Any, names: Any, name_table: Any, meta: Any, message: Any,
) -> Any:  # fmt: skip
    """Give the packet's payload to side `me`'s TLS parser; returns what `tls.parse` returns as hellos."""
    mine, peer = sides[me], sides[me + 1 - 2 * way]
    seq = p.seq + np.uint32(1) if p.flags & SYN else p.seq
    at, kept, total = p.payload_at, np.int64(p.captured), np.int64(p.payload)
    if mine.stream == OTHER_STREAM:  # the caller saw a hello: STARTTLS, CONNECT
        mine.stream, mine.expected, mine.record_left, mine.message_left = NOT_STARTED, seq, 0, 0
        peer.stream = NOT_STARTED if peer.stream == OTHER_STREAM else peer.stream
        peer.expected = p.ack
        here.following, here.spoken = 1, peer.bytes
    offset = np.int64(np.int32(seq - mine.expected))
    if offset < 0:
        if -offset >= total:
            return 0
        at, kept, total, offset = at - offset, max(kept + offset, np.int64(0)), total + offset, np.int64(0)
    if r.hello_ns == 0 and way == 0:
        r.hello_ns, r.hello_ref = p.ts_ns, p.ref
    if mine.slot < 0 and offset == 0:
        end = at + kept
        pos, hellos = tls.parse(b, at, end, r, here, mine, peer, way, p.ts_ns, p.ref, arena, names, name_table, meta, message)
        mine.expected += np.uint32(pos - at)
        if mine.stream == TLS_STREAM or mine.stream == NOT_STARTED:
            if kept < total:
                if pos < end or not skip_cut(r, mine, total - kept):
                    lose(mine, slot_owner)
            elif pos < end:
                slot = take_slot(me, sides, slot_owner, slot_ranges, meta)
                if not insert(slots[slot], slot_ranges[slot], b, pos, end - pos, np.int64(0)):
                    lose(mine, slot_owner)
                    meta[STREAMS_DROPPED] += 1
    else:
        if kept < total:
            lose(mine, slot_owner)
            return 0
        slot = np.int64(mine.slot) if mine.slot >= 0 else take_slot(me, sides, slot_owner, slot_ranges, meta)
        had = contiguous(slot_ranges[slot])
        if not insert(slots[slot], slot_ranges[slot], b, at, total, offset):
            lose(mine, slot_owner)
            meta[STREAMS_DROPPED] += 1
            return 0
        have = contiguous(slot_ranges[slot])
        if have == had:
            return 0
        pos, hellos = tls.parse(
            slots[slot], np.int64(0), have, r, here, mine, peer, way, p.ts_ns, p.ref, arena, names, name_table, meta, message
        )  # fmt: skip
        mine.expected += np.uint32(pos)
        if mine.stream >= OTHER_STREAM or consume(slots[slot], slot_ranges[slot], pos):
            release(mine, slot_owner)
    if hellos & 1:
        here.hello_end = mine.expected
        here.spoken = peer.bytes
    if mine.stream == OTHER_STREAM:
        r.tls = _OTHER if r.tls == _NONE else r.tls
        if way == 0:
            r.hello_ns, r.hello_ref = 0, 0
    elif mine.stream == LOST_STREAM and r.tls == _TLS:
        r.tls = _LOST
    return hellos

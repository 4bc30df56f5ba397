"""Joins packet rows into connection rows, in capture order: the compiled loop of the room."""

from typing import Any

import numpy as np

from netdiag.connections import handshake, history, tcp
from netdiag.connections.connection import Mark
from netdiag.connections.duplicates import is_duplicate
from netdiag.connections.fetch import TCP, fetch
from netdiag.connections.incarnations import DEPTH, IDLE_NS, distance, incarnation, of_segment, older, same_way
from netdiag.connections.reassembly import release
from netdiag.connections.settled import settle, take
from netdiag.connections.state import (
    ARENA,
    CRAMPED,
    DUPLICATES,
    FORGOTTEN,
    KNOWS_TSVAL,
    MUTE,
    NAME_BYTES,
    NAMES,
    NEW_NAMES,
    NEW_ROWS,
    ROWS,
)
from netdiag.connections.tuples import entry_of, most, number_at, place_of
from netdiag.kernel import kernel, step
from netdiag.packets.packet import ACK, FIN, RST, SYN, Layer, Option

REF_FILE_SHIFT = 40
FIRST_WINDOW = 65536
"""Most that an originator sends before its first acknowledgement: the window scale does not apply before (RFC 7323 2.2)."""
_TCP_LAYER, _TIMESTAMPS, _PARTIAL = int(Layer.TCP), int(Option.TIMESTAMPS), int(Mark.PARTIAL)
_SEEN_OUT, _SEEN_IN = int(Mark.SEEN_OUT), int(Mark.SEEN_IN)
NEW_PLACES = DEPTH + 1
"""Most places that one packet takes: the incarnations of its 4-tuple that are looked at, and a new one."""
SECOND = 2
"""With so many packets an originator is no longer mute: what it left behind is no lone SYN."""


@step
def sender_is_responder(p: Any) -> Any:
    """Whether a packet without SYN, the first of its 4-tuple, comes from the side that was connected to.

    A SYN-ACK says so; otherwise a port below 1024 or below the dynamic range of Linux (32768) against one above it.
    """
    if p.flags & SYN:
        return (p.flags & ACK) != 0
    if (p.sport < 1024) != (p.dport < 1024):
        return p.sport < 1024
    if (p.sport < 32768) != (p.dport < 32768):
        return p.sport < 32768
    return False


@step
def begin(p: Any, h: Any, newest: Any, rows: Any, sides: Any, live: Any, holders: Any, free: Any, links: Any, meta: Any) -> Any:
    """Add a row for the packet's new incarnation and return its place."""
    number = meta[ROWS]
    meta[ROWS] = number + 1
    meta[MUTE] += 1
    n = take(number, holders, free, links, meta)
    r, here, out, back = rows[n], live[n], sides[2 * n], sides[2 * n + 1]
    r.id = number + meta[FORGOTTEN]
    links[number].hash = h
    links[number].older = holders[newest] if newest >= 0 and p.ts_ns - live[newest].last_ns <= IDLE_NS else -1
    flipped = sender_is_responder(p)
    if flipped:
        here.src_hi, here.src_lo, here.sport = p.dst_hi, p.dst_lo, p.dport
        here.dst_hi, here.dst_lo, here.dport = p.src_hi, p.src_lo, p.sport
    else:
        here.src_hi, here.src_lo, here.sport = p.src_hi, p.src_lo, p.sport
        here.dst_hi, here.dst_lo, here.dport = p.dst_hi, p.dst_lo, p.dport
    here.scope, r.vlan, r.tunnel, r.depth = p.scope, p.vlan, p.tunnel, p.depth
    r.first_ns, r.first_ref = p.ts_ns, p.ref
    r.sni, r.alpn, r.prev_id, r.wrong_ack_id, r.isn_step = -1, -1, -1, -1, -1
    out.slot, back.slot = -1, -1
    here.following = 1
    if (p.flags & (SYN | ACK | RST)) != SYN:
        here.marks |= _PARTIAL
        if flipped:
            history.write(r, here, history.FLIPPED, 0)
        return n
    i = newest
    for _ in range(DEPTH):
        if i < 0:
            break
        if same_way(live[i], p):
            tcp.follow_on(r, here, rows[i], live[i], sides[2 * i], sides[2 * i + 1], p.ts_ns)
            break
        i = older(i, holders, links)
    return n


@step
def answers_newer_syn(p: Any, i: Any, newest: Any, sides: Any, live: Any) -> Any:
    """Whether a bare ACK that fits row `i` is the responder's rejection of the SYN of row `newest` (RFC 5961 4.2)."""
    if p.payload or (p.flags & (SYN | FIN | RST | ACK)) != ACK or not live[newest].awaits:
        return False
    if same_way(live[newest], p):
        return False
    if i != newest:
        return True
    acked = np.int64(np.int32(p.ack - sides[2 * newest].isn))
    return not 1 <= acked <= FIRST_WINDOW  # beyond the SYN: a SYN-ACK and data that were not captured


@step
def one_more(here: Any, mine: Any, p: Any) -> None:
    """Count the packet and remember it as the latest."""
    if mine.packets == 0:
        mine.ttl = p.ttl
    mine.packets += 1
    here.last_ns = max(here.last_ns, p.ts_ns)
    here.last_ref = p.ref


@kernel
def track(
    packets: Any, keys: Any, start: int, b: Any, rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any,
    settled: Any, flat: Any, table: Any, names: Any, name_table: Any, arena: Any, slots: Any, slot_owner: Any, slot_ranges: Any,
    message: Any, recent: Any, recent_interface: Any, hello_counts: Any, found: Any, meta: Any,
) -> Any:  # fmt: skip
    """Update the tables with packets[start:]; returns how many packets are done, fewer than all when an array must grow first.

    Longer than other functions because it is the one place that orders the steps of a packet.
    """
    ready = start
    for k in range(start, packets.size):
        if k == ready:
            if not settle(found.size * NEW_PLACES, rows, sides, live, waits, holders, free, links, settled, meta):
                meta[CRAMPED] = 1
                return k
            ready += fetch(
                packets, keys, k, b, rows, sides, live, waits, holders, free, links, settled, flat, table, recent, found, meta
            )  # fmt: skip
        p, key = packets[k], keys[k]
        if p.proto != TCP and p.quoted_proto != TCP:
            continue
        rows_left = min(links.size, most(table)) - meta[ROWS]
        names_left = min(names.shape[0], name_table.size // 2) - meta[NAMES]
        if rows_left < NEW_ROWS or names_left < NEW_NAMES or arena.size - meta[ARENA] < NEW_NAMES * NAME_BYTES:
            return k
        if p.proto != TCP:
            j = place_of(p, key.hash, live, links, table)
            newest = links[number_at(table, j)].at if table[j] else np.int64(-1)
            if newest >= 0 and p.ts_ns - live[newest].last_ns <= IDLE_NS:  # else that one has ended
                i = of_segment(p, newest, sides, live, holders, links)
                live[i].used = 1
                tcp.icmp_error(rows[i], live[i], p)
            continue
        if p.flags == 0 or not p.layers & _TCP_LAYER:
            continue  # a null scan or a header that could not be read
        twin = is_duplicate(p, key.signature, recent, recent_interface)
        j = place_of(p, key.hash, live, links, table)
        newest = links[number_at(table, j)].at if table[j] else np.int64(-1)
        if twin:
            meta[DUPLICATES] += 1
            if newest >= 0:
                rows[newest].duplicates += 1
            continue
        i = incarnation(p, newest, rows, sides, live, holders, links)
        if i < 0:
            i = begin(p, key.hash, newest, rows, sides, live, holders, free, links, meta)
            newest = i
            table[j] = entry_of(holders[i], key.hash, np.int64(table.size - 1))
        live[i].used, live[newest].used = 1, 1
        r, here = rows[i], live[i]
        way = 0 if same_way(here, p) else 1
        me = 2 * i + way
        mine, peer = sides[me], sides[me + 1 - 2 * way]
        one_more(here, mine, p)
        if way == 0 and mine.packets == SECOND:
            meta[MUTE] -= 1
        here.marks |= np.uint32(_SEEN_OUT if way == 0 else _SEEN_IN)
        if answers_newer_syn(p, i, newest, sides, live):
            known = i != newest and distance(p, way, sides, i) <= tcp.OLD_NUMBERS
            tcp.wrong_ack(rows[newest], live[newest], p, rows[i].id if known else np.int64(-1))
            if i == newest:
                continue  # numbers of a connection that is not in the capture
        speaks_on = same_way(live[newest], p) and (i != newest or (p.flags & (SYN | ACK)) != SYN)
        if speaks_on and tcp.moved_on(rows[newest], live[newest], p) and i == newest:
            continue  # it resets that other connection, not this one
        if p.options & _TIMESTAMPS:
            mine.tsval = p.tsval
            mine.known |= KNOWS_TSVAL
        kind = p.flags & (SYN | ACK | RST)
        if kind == SYN:
            tcp.syn(r, here, p, way)
        elif kind == SYN | ACK and not tcp.synack(r, here, peer, p, way):
            continue
        fresh = tcp.sequence(r, here, mine, p, way)
        progress = tcp.acknowledge(peer, p) or fresh
        if not here.established:
            tcp.established(r, here, mine, peer, p, way)
            progress = progress or here.established
        tcp.ending(r, here, mine, p, way)
        tcp.letters(r, here, p, way)
        if p.captured > 0 and not here.tls_done and handshake.readable(mine, p, b):
            hellos = handshake.feed(
                r, here, sides, me, way, p, b, slots, slot_owner, slot_ranges, arena, names, name_table, meta, message
            )  # fmt: skip
            hello_counts[p.ref >> REF_FILE_SHIFT, 0] += hellos & 1
            hello_counts[p.ref >> REF_FILE_SHIFT, 1] += hellos >> 1
        if here.following:
            if way == 1:
                handshake.hello_acknowledged(r, here, peer, p)
            if not p.flags & (FIN | RST) or p.payload:
                handshake.keep_time(r, here, sides[2 * i], sides[2 * i + 1], waits[i], p, progress)
            handshake.give_up(r, here, p, way)
        if not here.following:
            release(mine, slot_owner)
            release(peer, slot_owner)
    return packets.size

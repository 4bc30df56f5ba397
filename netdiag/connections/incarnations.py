"""Finds the connection a packet belongs to, also where incarnations of one 4-tuple overlap.

A port that is reused while the old connection still lives gives two connections with the same addresses and
ports. A packet belongs to the one whose sequence and acknowledgement numbers it fits best; initial sequence
numbers are random 32-bit values, so the right one is within a few megabytes and the wrong one is not.
"""

from typing import Any

import numpy as np

from netdiag.connections.connection import Answer, Mark
from netdiag.connections.state import KNOWS_NEXT
from netdiag.kernel import step
from netdiag.packets.packet import ACK, RST, SYN

IDLE_NS = 7_440_000_000_000
"""An idle gap longer than this starts a new incarnation: 2 h 4 min, the least that RFC 5382 REQ-5 lets a NAT keep an
established connection."""

SYN_RETRY_NS = 180_000_000_000
"""The same SYN again within this time is a retransmission: longer than any stack keeps trying (Linux gives up after 131 s)."""

CROSSING_NS = 3_000_000_000
"""SYNs from both sides within this time are a simultaneous open (RFC 9293 3.5, figure 7)."""

DEPTH = 8
"""So many incarnations of a 4-tuple are looked at, newest first."""

UNKNOWN_NUMBER = 1 << 20
"""What a side whose numbers are not known adds to the distance: more than any window's worth of disorder on a side that is known."""

_NO_ANSWER, _SIMULTANEOUS = int(Answer.NONE), int(Mark.SIMULTANEOUS_OPEN)


@step
def mixed(x: Any) -> Any:
    """A 64-bit finaliser (splitmix64: Steele, Lea, Flood 2014)."""
    x = np.uint64(x)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@step
def key_hash(r: Any, seed: Any) -> Any:
    """Hash of a packet's 5-tuple and scope, the same for both directions.

    Each part is mixed with secrets of the seed before the next is added: in a plain sum, addresses could be chosen whose differences
    cancel whatever the secrets are, and then all hash alike.
    """
    first, second, third = mixed(seed), mixed(seed + 1), mixed(seed + 2) | np.uint64(1)
    a = mixed(mixed(mixed(r.src_lo ^ first) + (r.src_hi ^ second)) + np.uint64(r.sport) * third)
    b = mixed(mixed(mixed(r.dst_lo ^ first) + (r.dst_hi ^ second)) + np.uint64(r.dport) * third)
    return mixed(a + b + np.uint64(r.scope) * third)


@step
def same_way(r: Any, p: Any) -> Any:
    """Whether packet `p` runs from `r`'s originator to its responder."""
    return (
        r.src_lo == p.src_lo
        and r.dst_lo == p.dst_lo
        and r.sport == p.sport
        and r.dport == p.dport
        and r.src_hi == p.src_hi
        and r.dst_hi == p.dst_hi
        and r.scope == p.scope
    )


@step
def other_way(r: Any, p: Any) -> Any:
    """Whether packet `p` runs from `r`'s responder to its originator."""
    return (
        r.src_lo == p.dst_lo
        and r.dst_lo == p.src_lo
        and r.sport == p.dport
        and r.dport == p.sport
        and r.src_hi == p.dst_hi
        and r.dst_hi == p.src_hi
        and r.scope == p.scope
    )


@step
def older(i: Any, holders: Any, links: Any) -> Any:
    """Place of the incarnation before the one at place `i`, on the same 4-tuple in either direction; -1 if there is none."""
    n = links[holders[i]].older
    return links[n].at if n >= 0 else np.int64(-1)


@step
def distance(p: Any, way: int, sides: Any, i: Any) -> Any:
    """How far the packet's numbers lie from what row `i` expects of side `way` (0 originator, 1 responder)."""
    mine, peer = sides[2 * i + way], sides[2 * i + 1 - way]
    far = np.int64(0)
    reset, acks = (p.flags & RST) != 0, (p.flags & ACK) != 0
    if acks:
        far += abs(np.int64(np.int32(p.ack - peer.next))) if peer.known & KNOWS_NEXT else np.int64(UNKNOWN_NUMBER)
    if not (reset and acks):  # a refusal's sequence number is 0 (RFC 9293 3.10.7.1): only its ACK tells
        far += abs(np.int64(np.int32(p.seq - mine.next))) if mine.known & KNOWS_NEXT else np.int64(UNKNOWN_NUMBER)
    return far


@step
def of_syn(p: Any, newest: Any, rows: Any, sides: Any, live: Any, holders: Any, links: Any) -> Any:
    """Row that a bare SYN belongs to, -1 when it starts a new incarnation."""
    i = newest
    for _ in range(DEPTH):
        if i < 0:
            break
        r = rows[i]
        if same_way(live[i], p):
            mine = sides[2 * i]
            if r.syn_count > 0:
                if mine.isn == p.seq and p.ts_ns - r.syn_last_ns <= SYN_RETRY_NS:
                    return i
            elif mine.known & KNOWS_NEXT and mine.isn == p.seq:  # captured after its own successors
                return i
        else:
            mine = sides[2 * i + 1]
            if live[i].marks & _SIMULTANEOUS and mine.isn == p.seq:
                return i
            if i == newest and r.syn_count > 0 and r.answer == _NO_ANSWER and p.ts_ns - r.syn_last_ns <= CROSSING_NS:
                return i
        i = older(i, holders, links)
    return np.int64(-1)


@step
def of_synack(p: Any, newest: Any, rows: Any, sides: Any, live: Any, holders: Any, links: Any) -> Any:
    """Row that a SYN-ACK belongs to: the one whose SYN it acknowledges, otherwise the newest that waits for one."""
    i = newest
    for _ in range(DEPTH):
        if i < 0:
            break
        if other_way(live[i], p):
            theirs = sides[2 * i]
            if theirs.known & KNOWS_NEXT:
                behind = np.int64(np.int32(p.ack - theirs.isn))
                if behind >= 1 and np.int32(p.ack - theirs.next) <= 0 and (rows[i].syn_count > 0 or behind == 1):
                    return i
            elif sides[2 * i + 1].isn == p.seq:
                return i
        elif live[i].marks & _SIMULTANEOUS:
            return i
        i = older(i, holders, links)
    return newest


@step
def of_segment(p: Any, newest: Any, sides: Any, live: Any, holders: Any, links: Any) -> Any:
    """Row whose numbers a packet without SYN fits best; the newer one where two fit alike."""
    if links[holders[newest]].older < 0:
        return newest
    best, nearest = newest, np.int64(1) << 62
    i = newest
    for _ in range(DEPTH):
        if i < 0:
            break
        far = distance(p, 0 if same_way(live[i], p) else 1, sides, i)
        if far < nearest:
            best, nearest = i, far
        i = older(i, holders, links)
    return best


@step
def incarnation(p: Any, newest: Any, rows: Any, sides: Any, live: Any, holders: Any, links: Any) -> Any:
    """Row that packet `p` belongs to, -1 for a new incarnation; `newest` is the 4-tuple's newest row or -1."""
    if newest < 0 or p.ts_ns - live[newest].last_ns > IDLE_NS:
        return np.int64(-1)
    kind = p.flags & (SYN | ACK | RST)
    if kind == SYN:
        return of_syn(p, newest, rows, sides, live, holders, links)
    if kind == SYN | ACK:
        return of_synack(p, newest, rows, sides, live, holders, links)
    return of_segment(p, newest, sides, live, holders, links)

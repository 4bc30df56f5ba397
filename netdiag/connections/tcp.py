"""Follows one TCP connection: handshake, sequence space, retransmissions, rejections and its end."""

from typing import Any

import numpy as np

from netdiag.connections import history
from netdiag.connections.connection import Answer, Close, Mark
from netdiag.connections.state import KNOWS_ACKED, KNOWS_NEXT, KNOWS_TSVAL
from netdiag.kernel import step
from netdiag.packets.packet import ACK, FIN, RST, SYN, Option

_SYN_ACK, _WRONG_ACK, _RESET, _ICMP, _WRONG_SYN_ACK = (
    int(Answer.SYN_ACK),
    int(Answer.WRONG_ACK),
    int(Answer.RESET),
    int(Answer.ICMP),
    int(Answer.WRONG_SYN_ACK),
)
_OPEN, _HALF_OPEN, _FIN_OUT, _FIN_IN, _CLOSED, _WAS_RESET = (
    int(Close.OPEN),
    int(Close.HALF_OPEN),
    int(Close.FIN_OUT),
    int(Close.FIN_IN),
    int(Close.CLOSED),
    int(Close.RESET),
)
_PARTIAL, _SIMULTANEOUS, _SYN_TS, _PREV_TS, _SYN_DATA, _CUT, _SEEN_OUT, _SEEN_IN, _GAP_OUT, _GAP_IN = (
    int(Mark.PARTIAL),
    int(Mark.SIMULTANEOUS_OPEN),
    int(Mark.SYN_TS),
    int(Mark.PREV_TS),
    int(Mark.SYN_DATA),
    int(Mark.SNAPLEN_CUT),
    int(Mark.SEEN_OUT),
    int(Mark.SEEN_IN),
    int(Mark.GAP_OUT),
    int(Mark.GAP_IN),
)
_TIMESTAMPS = int(Option.TIMESTAMPS)

OLD_NUMBERS = 1 << 20
"""A wrong ACK is laid to an older incarnation whose numbers it meets within this distance."""


@step
def close_of(r: Any, here: Any, mine: Any, peer: Any) -> Any:
    """Close of a row: how far it has come to its end."""
    if mine.rst or peer.rst:
        return _WAS_RESET
    if mine.fin_ns or peer.fin_ns:
        if mine.fin_ns and peer.fin_ns:
            return _CLOSED
        return _FIN_OUT if mine.fin_ns else _FIN_IN
    return _OPEN if r.ack_ns or here.marks & _PARTIAL else _HALF_OPEN


@step
def follow_on(r: Any, here: Any, prev: Any, prev_live: Any, prev_out: Any, prev_in: Any, ts_ns: Any) -> None:
    """Note in a new row what the incarnation before it had left behind."""
    r.prev_id = prev.id
    r.prev_gap_ns = max(ts_ns - prev_live.last_ns, 0)
    r.prev_close = close_of(prev, prev_live, prev_out, prev_in)
    if prev_out.known & KNOWS_TSVAL:
        r.prev_tsval = prev_out.tsval
        here.marks |= _PREV_TS
    r.prev_seq = prev_out.next
    here.prev_next_in = prev_in.next
    here.prev_knows = prev_in.known & KNOWS_NEXT


@step
def answered(r: Any, here: Any, kind: int, p: Any) -> None:
    """Note the first answer to the originator's SYN."""
    here.awaits = 0
    if r.answer == 0 and r.syn_count > 0:
        r.answer, r.answer_ns, r.answer_ref = kind, p.ts_ns, p.ref


@step
def wrong_ack(r: Any, here: Any, p: Any, older: Any) -> None:
    """Note a bare ACK that answers row `r`'s SYN with numbers of the incarnation `older` (-1 for one not captured)."""
    answered(r, here, _WRONG_ACK, p)
    r.wrong_acks += 1
    if r.wrong_acks == 1:
        r.wrong_ack_ns, r.wrong_ack_ref = p.ts_ns, p.ref
        r.wrong_ack_id = older
    r.wrong_ack_seq, r.wrong_ack_ack = p.seq, p.ack


@step
def moved_on(r: Any, here: Any, p: Any) -> Any:
    """Note that the originator sent something other than its SYN: a bare ACK may answer that now; True if it resets a wrong ACK."""
    here.awaits = 0
    if not (p.flags & RST and r.wrong_acks and p.seq == r.wrong_ack_ack):
        return False
    if r.wrong_ack_rsts == 0:
        r.wrong_ack_rst_ref = p.ref
    r.wrong_ack_rsts += 1
    return True


@step
def syn(r: Any, here: Any, p: Any, way: int) -> None:
    """Note a SYN without ACK."""
    if way == 1:
        here.marks |= _SIMULTANEOUS
        return
    history.write(r, here, history.S, 0)
    if r.syn_count == 0:
        r.syn_ns, r.syn_ref = p.ts_ns, p.ref
        r.syn_tsval, r.syn_options, r.syn_mss, r.syn_wscale, r.syn_window = p.tsval, p.options, p.mss, p.wscale, p.window
        here.marks &= ~np.uint32(_PARTIAL)
        if p.options & _TIMESTAMPS:
            here.marks |= _SYN_TS
        if p.payload:
            here.marks |= _SYN_DATA
    if r.synack_count == 0:
        here.awaits = 1
    r.syn_count += 1
    r.syn_last_ns = p.ts_ns


@step
def synack(r: Any, here: Any, peer: Any, p: Any, way: int) -> Any:
    """Note a SYN-ACK; False if it acknowledges something else and must not move the sequence space."""
    if way == 0:
        return True
    acked_by = np.int64(np.int32(p.ack - peer.isn))
    if peer.known & KNOWS_NEXT and r.syn_count > 0 and (acked_by < 1 or np.int32(p.ack - peer.next) > 0):
        answered(r, here, _WRONG_SYN_ACK, p)
        r.wrong_synacks += 1
        return False
    history.write(r, here, history.H, 1)
    answered(r, here, _SYN_ACK, p)
    if r.synack_count == 0:
        r.synack_ns, r.synack_ref = p.ts_ns, p.ref
        r.synack_tsval, r.synack_options, r.synack_mss, r.synack_window = p.tsval, p.options, p.mss, p.window
        if here.prev_knows:
            r.isn_step = np.int64(np.uint32(p.seq - here.prev_next_in))
    r.synack_count += 1
    r.synack_last_ns = p.ts_ns
    if not peer.known & KNOWS_NEXT:  # its SYN was not captured, or comes later
        peer.known |= KNOWS_NEXT
        peer.isn, peer.next, peer.expected = p.ack - np.uint32(1), p.ack, p.ack
    return True


@step
def established(r: Any, here: Any, mine: Any, peer: Any, p: Any, way: int) -> None:
    """Note the first packet that proves the originator got its SYN-ACK (captured or not)."""
    if here.established or (r.syn_count == 0 and r.synack_count == 0):
        return
    if way == 0:
        if not p.flags & ACK or p.flags & RST:
            return
        if r.synack_count == 0 and not 0 <= np.int64(np.int32(p.seq - mine.isn)) - 1 <= OLD_NUMBERS:
            return  # a segment of another connection, not the reply to a SYN-ACK that was not captured
        if r.synack_count > 1 and peer.bytes == 0 and p.ack != peer.isn + np.uint32(1):
            peer.isn, peer.next, peer.expected, peer.hole = p.ack - np.uint32(1), p.ack, p.ack, 0  # of several SYN-ACKs it took this
    elif not p.payload or p.flags & (RST | SYN) or r.wrong_acks:
        return
    here.established = 1
    r.ack_ns, r.ack_ref = p.ts_ns, p.ref
    if r.syn_count == 1 and r.synack_count == 1 and p.ts_ns > r.syn_ns:
        r.rtt_ns = p.ts_ns - r.syn_ns


@step
def sequence(r: Any, here: Any, mine: Any, p: Any, way: int) -> Any:
    """Move the sender's sequence space; True if the segment brings payload bytes not seen before."""
    length = np.int64(p.payload) + (1 if p.flags & SYN else 0) + (1 if p.flags & FIN else 0)
    end = np.uint32(p.seq + np.uint32(length))
    first = p.seq + np.uint32(1) if p.flags & SYN else p.seq
    mine.largest = max(mine.largest, np.uint32(p.payload))
    if not mine.known & KNOWS_NEXT:
        if p.flags & RST and not p.flags & ACK and p.seq == 0:
            return False
        mine.known |= KNOWS_NEXT
        mine.next = end
        mine.isn = p.seq if p.flags & SYN else p.seq - np.uint32(1)
        mine.expected = first
        mine.bytes += p.payload
        return p.payload > 0
    if length == 0:
        return False
    ahead = np.int64(np.int32(end - mine.next))
    behind = np.int64(np.int32(mine.next - p.seq))
    if ahead > 0:
        if behind < 0:
            if mine.hole and mine.known & KNOWS_ACKED and np.int32(mine.acked - mine.hole_end) >= 0:
                here.marks |= np.uint32(_GAP_IN if way else _GAP_OUT)  # one hole is remembered: the one before counts now
            mine.hole, mine.hole_end = np.uint32(-behind), p.seq
            behind = np.int64(0)
        mine.next = end
        new = min(np.int64(p.payload), length - behind - (1 if p.flags & FIN else 0))
        mine.bytes += max(new, 0)
        return new > 0
    if mine.hole:
        into = np.int64(np.int32(mine.hole_end - p.seq))
        if 0 < into <= np.int64(mine.hole) and p.payload > 0:
            filled = min(np.int64(p.payload), into)
            mine.bytes += filled
            mine.hole -= np.uint32(min(filled, np.int64(mine.hole)))
            return True
    if p.payload <= 1 and ahead <= 0 and length <= 1 and p.flags & (SYN | FIN) == 0 and behind == 1:
        return False  # keep-alive probe: one byte before the next (RFC 9293 3.8.4)
    if p.flags & SYN and (r.synack_count if way else r.syn_count) == 1:
        return False  # the first of its kind, captured after what answered it
    mine.retrans += 1
    if p.payload and mine.known & KNOWS_ACKED and p.seq == mine.acked:
        mine.repeated = np.uint32(p.payload)
    history.write(r, here, history.T, way)
    return False


@step
def acknowledge(peer: Any, p: Any) -> Any:
    """Move the receiver's acknowledgement of the peer's bytes; True if payload was acknowledged that was not before."""
    if not p.flags & ACK:
        return False
    if not peer.known & KNOWS_ACKED:
        peer.known |= KNOWS_ACKED
        peer.acked = p.ack
        return peer.known & KNOWS_NEXT and np.int32(p.ack - peer.isn) > 1
    if np.int32(p.ack - peer.acked) <= 0:
        return False
    peer.acked, peer.repeated = p.ack, 0
    if p.ack == peer.next:
        peer.delivered = peer.largest
    return np.int32(p.ack - peer.isn) > 1


@step
def ending(r: Any, here: Any, mine: Any, p: Any, way: int) -> None:
    """Note FIN, RST and what a side still sends after its RST."""
    if mine.rst and p.payload:
        mine.data_after_rst += 1
    if p.flags & FIN:
        history.write(r, here, history.F, way)
        if mine.fin_ns == 0:
            mine.fin_ns, mine.fin_ref = p.ts_ns, p.ref
    if p.flags & RST:
        history.write(r, here, history.R, way)
        if mine.rst == 0:
            mine.rst_ns, mine.rst_ref, mine.rst_ttl = p.ts_ns, p.ref, p.ttl
        mine.rst += 1
        ahead = np.int64(np.int32(p.seq - mine.next))
        if mine.known & KNOWS_NEXT and ahead > 0:
            mine.rst_ahead = max(mine.rst_ahead, np.uint32(ahead))
        if way == 1 and r.synack_count == 0:
            answered(r, here, _RESET, p)


@step
def icmp_error(r: Any, here: Any, p: Any) -> None:
    """Note an ICMP error that quotes the connection; a path-MTU report (RFC 1191, RFC 8201) is no refusal."""
    v6 = p.proto == 58
    if (p.icmp_type == 2) if v6 else (p.icmp_type == 3 and p.icmp_code == 4):
        r.too_bigs += 1
        return
    if r.icmp_count == 0:
        r.icmp_ns, r.icmp_ref, r.icmp_type, r.icmp_code = p.ts_ns, p.ref, p.icmp_type, p.icmp_code
        r.icmp_version = 6 if v6 else 4
        r.icmp_from_hi, r.icmp_from_lo = p.from_hi, p.from_lo
    r.icmp_count += 1
    if r.synack_count == 0:
        answered(r, here, _ICMP, p)


@step
def letters(r: Any, here: Any, p: Any, way: int) -> None:
    """Write the history letters of payload, pure ACK and closed window."""
    if p.payload:
        history.write(r, here, history.D, way)
    elif p.flags & (SYN | FIN | RST | ACK) == ACK:
        history.write(r, here, history.A, way)
    if p.window == 0 and p.flags & (SYN | RST) == 0:
        history.write(r, here, history.W, way)
    if p.captured < p.payload:
        here.marks |= _CUT
    here.marks |= _SEEN_OUT if way == 0 else _SEEN_IN

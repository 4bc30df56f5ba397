"""Describes one TCP connection attempt as a row of facts: the contract between `connections` and `detectors`.

A row is one *incarnation* of a 4-tuple: one initiator's initial sequence number. The originator ("out") sent the
first SYN; where no SYN was captured (`partial`), the side is guessed and the row says so. Times are ns since the
epoch and 0 where the event was not seen; a `*_ref` names the packet (see `capture.record.RECORD.ref`), 0 for none.
Ids count rows from 0 in order of their first packet; -1 is "none". Rows hold facts, never judgements.
"""

from enum import IntEnum, IntFlag

import numpy as np


class Phase(IntEnum):
    """What a TLS handshake is waiting for, by the last proved progress (names as in `stall_phase`)."""

    NONE = 0  # TCP not established, not TLS, or the handshake is over
    NO_CLIENT_HELLO = 1
    CLIENT_HELLO_LOST = 2
    NO_SERVER_HELLO = 3
    SERVER_FLIGHT_LOST = 4
    SERVER_FLIGHT_STOPPED = 5
    NO_CLIENT_FINISH = 6
    NO_SERVER_FINISH = 7


PHASES = len(Phase)


class Answer(IntEnum):
    """The first thing that answered the originator's SYN."""

    NONE = 0
    SYN_ACK = 1
    WRONG_ACK = 2  # a bare ACK for other sequence numbers: an older incarnation answered (RFC 5961, TIME-WAIT)
    RESET = 3
    ICMP = 4
    WRONG_SYN_ACK = 5  # SYN+ACK that acknowledges something else


class Close(IntEnum):
    """How far a connection had come to its end."""

    OPEN = 0  # established, no FIN, no RST
    HALF_OPEN = 1  # SYN only, or SYN-ACK without the last ACK
    FIN_OUT = 2  # only the originator sent FIN
    FIN_IN = 3
    CLOSED = 4  # FIN both ways
    RESET = 5


class Tls(IntEnum):
    """What the first payload bytes turned out to be."""

    NONE = 0  # no payload seen
    TLS = 1
    OTHER = 2  # some other protocol
    LOST = 3  # bytes missing from the capture, so it cannot be followed


class Mark(IntFlag):
    """Yes-or-no facts of a connection."""

    PARTIAL = 1  # the SYN was not captured: originator guessed
    SIMULTANEOUS_OPEN = 2
    SYN_TS = 4  # the SYN carries timestamps
    PREV_TS = 8  # the previous incarnation's originator sent timestamps
    HELLO_RETRY = 16  # the server asked for another ClientHello (TLS 1.3)
    RESUMED = 32  # an abbreviated handshake (TLS <= 1.2: server's ChangeCipherSpec before the client's; 1.3: PSK accepted)
    EARLY_DATA = 64
    SYN_DATA = 128  # data in the SYN (TCP Fast Open)
    SNAPLEN_CUT = 256  # some payload was cut by the snap length
    SEEN_OUT = 512  # at least one packet from the originator
    SEEN_IN = 1024
    CLIENT_CERTIFICATE = 2048  # the server asked for one in clear (TLS <= 1.2)
    GAP_OUT = 4096  # the peer acknowledged originator bytes that the capture does not hold
    GAP_IN = 8192
    NEAR_HOLE = 16384  # the capture has a hole that may hide the answer to its SYN, or what it did while established


I8, U8, I4, U4, U2, U1 = "i8", "u8", "i4", "u4", "u2", "u1"
Field = tuple[str, str, str]

# fmt: off
HOT: tuple[Field, ...] = (  # what every packet reads or changes, kept apart and small
    ("src_hi", U8, "originator address, upper half"), ("src_lo", U8, "lower half; IPv4 as ::ffff:a.b.c.d"),
    ("dst_hi", U8, "responder address"), ("dst_lo", U8, ""),
    ("sport", U2, "originator port"), ("dport", U2, "responder port"),
    ("scope", U4, "VLAN and VNI of the connection, mixed; 0 without"),
    ("marks", U4, "Mark bits"), ("history_seen", U4, "history letters already written"),
    ("last_ns", I8, "latest packet"), ("last_ref", I8, ""),
)
ROW: tuple[Field, ...] = (
    ("id", I8, "row number in order of first packets"),
    ("first_ns", I8, "first packet"), ("first_ref", I8, ""),
    # where the TLS handshake stands
    ("phase_ns", I8, "last progress"), ("phase_ref", I8, ""), ("phase", U1, "Phase at the end of the capture or when somebody gave up"),
    ("quit_by", U1, "1 originator, 2 responder"), ("quit_ns", I8, "FIN or RST during the handshake"), ("quit_ref", I8, ""),
    ("wait_ns", I8, "longest time without progress that ended in progress"), ("wait_phase", U1, "its Phase"),
    ("wait_start_ns", I8, "its beginning"), ("wait_ref", I8, "last packet before it"),
    ("vlan", U2, "innermost VLAN id of the first packet"), ("tunnel", U1, "packet.Tunnel of the first packet"),
    ("depth", U1, "IP headers around the connection's own"),
    ("duplicates", U4, "packets captured twice, counted here and nowhere else"),
    ("history_lo", U8, "Zeek history, 12 letters of 5 bits"), ("history_hi", U8, ""),
    # TCP handshake
    ("syn_ns", I8, "first SYN"), ("syn_ref", I8, ""), ("syn_last_ns", I8, "last SYN"), ("syn_count", U4, "SYNs, retransmissions included"),
    ("synack_ns", I8, "first right SYN-ACK"), ("synack_ref", I8, ""), ("synack_last_ns", I8, ""), ("synack_count", U4, ""),
    ("ack_ns", I8, "handshake completed: first packet that proves the originator has the SYN-ACK"), ("ack_ref", I8, ""),
    ("rtt_ns", I8, "SYN to the ACK that completes the handshake (both halves of the path); 0 unknown or retransmitted"),
    ("answer", U1, "Answer: first reply to the SYN"), ("answer_ns", I8, ""), ("answer_ref", I8, ""),
    ("syn_tsval", U4, ""), ("syn_options", U1, "packet.Option bits"), ("syn_mss", U2, ""), ("syn_wscale", U1, ""), ("syn_window", U2, ""),
    ("synack_tsval", U4, ""), ("synack_options", U1, ""), ("synack_mss", U2, ""), ("synack_window", U2, ""),
    # rejections
    ("wrong_acks", U4, "bare ACKs for other numbers, each the answer to one of this row's SYNs"),
    ("wrong_ack_ns", I8, "first of them"), ("wrong_ack_ref", I8, ""),
    ("wrong_ack_seq", U4, ""), ("wrong_ack_ack", U4, ""), ("wrong_ack_id", I8, "older incarnation whose numbers it carries, or -1"),
    ("wrong_ack_rsts", U4, "resets the originator sent in reply"), ("wrong_ack_rst_ref", I8, "first of them"),
    ("wrong_synacks", U4, "SYN-ACKs that acknowledge something else"),
    ("icmp_count", U4, "ICMP errors that quote this connection, path MTU reports aside"),
    ("icmp_ns", I8, "first of them"), ("icmp_ref", I8, ""),
    ("icmp_type", U1, ""), ("icmp_code", U1, ""), ("icmp_version", U1, "4 ICMP, 6 ICMPv6"),
    ("icmp_from_hi", U8, "who sent the first one"), ("icmp_from_lo", U8, ""),
    ("too_bigs", U4, "ICMP fragmentation-needed or packet-too-big messages that quote this connection"),
    # the incarnation before on the same 4-tuple
    ("prev_id", I8, "row of the incarnation before, or -1"),
    ("prev_gap_ns", I8, "from its latest packet, as of this SYN, to this SYN; 0 without"),
    ("prev_close", U1, "Close of it at this SYN"),
    ("prev_tsval", U4, "the originator side's last timestamp value before this SYN (see Mark.PREV_TS)"),
    ("prev_seq", U4, "the originator side's next sequence number then"),
    ("isn_step", I8, "this SYN-ACK's number less the responder's next one before; Linux TIME-WAIT recycling gives 65537; -1 unknown"),
    # TLS handshake
    ("tls", U1, "Tls"), ("tls_version", U2, "negotiated version (0x0303 = TLS 1.2), 0 unknown"),
    ("sni", I4, "name id, -1 none"), ("alpn", I4, "name id of the client's offer, comma separated, -1 none"),
    ("hello_ns", I8, "first ClientHello byte"), ("hello_ref", I8, ""),
    ("hello_done_ns", I8, "frame that completed it"), ("hello_done_ref", I8, ""),
    ("hello_len", U4, "ClientHello message bytes, header included"), ("hello_acked_ns", I8, "server's ACK of the whole of it"),
    ("hello_random", U8, "first 8 bytes of its random"), ("hellos", U2, "frames that completed a ClientHello"),
    ("server_hello_ns", I8, ""), ("server_hello_ref", I8, ""), ("server_hellos", U2, "frames that completed a ServerHello"),
    ("client_finish_ns", I8, "client's Finished, as far as it can be told"), ("client_finish_ref", I8, ""),
    ("server_finish_ns", I8, "server's Finished (TLS <= 1.2)"), ("server_finish_ref", I8, ""),
    ("tls_done_ns", I8, "handshake complete"), ("tls_done_ref", I8, ""),
    ("alert_level", U1, "first alert of the handshake; 0 with alert_by set: encrypted"), ("alert_description", U1, ""),
    ("alert_by", U1, "1 originator, 2 responder"), ("alert_ns", I8, ""), ("alert_ref", I8, ""),
)
SIDE: tuple[Field, ...] = (  # facts that each side has: one column for `out` (the originator), one for `in`
    ("packets_{}", U4, ""), ("bytes_{}", I8, "payload bytes, retransmissions not counted again"),
    ("retrans_{}", U4, "segments that hold only bytes seen before, SYN and FIN included"),
    ("isn_{}", U4, "initial sequence number"), ("ttl_{}", U1, "TTL of the side's first packet"),
    ("fin_{}_ns", I8, "first FIN"), ("fin_{}_ref", I8, ""),
    ("rst_{}", U4, "RSTs"), ("rst_{}_ns", I8, "first RST"), ("rst_{}_ref", I8, ""), ("rst_{}_ttl", U1, ""),
    ("data_after_rst_{}", U4, "segments sent after the side's own RST"),
    ("delivered_{}", U4, "largest payload of a segment up to a time when all that the side had sent was acknowledged"),
    ("repeated_{}", U4, "payload last sent again from where the peer's acknowledgement stands; 0 once that moved on"),
    ("rst_{}_ahead", U4, "most bytes by which an RST's sequence number was beyond what the side had sent"),
)
# fmt: on

WAITS: tuple[Field, ...] = tuple(
    (f"wait_{phase.value}_ns", I8, f"longest wait in {phase.name} that ended in progress") for phase in Phase if phase
)
FIELDS: tuple[Field, ...] = (
    *HOT,
    *ROW,
    *((name.format(side), kind, text) for side in ("out", "in") for name, kind, text in SIDE),
    *WAITS,
)
"""Every fact of a connection: name, dtype, meaning."""

CONNECTION = np.dtype([(name, kind) for name, kind, _ in ROW], align=True)
"""The tracker's row of rare events; HOT lies in `state.LIVE`, what each side has in `state.SIDE_STATE`, waits in an array."""

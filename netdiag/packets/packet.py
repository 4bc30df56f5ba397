"""Describes one packet as a row: the contract between `packets` and `connections`.

One row per record, in capture order. Addresses are 128 bits in two halves, IPv4 as ::ffff:a.b.c.d. In tunnels
the innermost IP header that could be read counts. For an ICMP error, addresses, ports and `seq` are those of
the *quoted* packet, and `from_hi/from_lo` is who sent the error. A field that the packet does not have is 0.
"""

from enum import IntEnum, IntFlag

import numpy as np

PACKET = np.dtype(
    [
        ("ts_ns", "i8"),
        ("ref", "i8"),  # as in RECORD
        ("src_hi", "u8"),
        ("src_lo", "u8"),
        ("dst_hi", "u8"),
        ("dst_lo", "u8"),
        ("from_hi", "u8"),  # ICMP errors only
        ("from_lo", "u8"),
        ("payload_at", "i8"),  # buffer offset of the first payload byte after the TCP/UDP header
        ("payload", "i4"),  # payload bytes by the IP header's length (segments cut by snaplen keep their true length)
        ("captured", "i4"),  # payload bytes that are in the buffer, <= payload
        ("seq", "u4"),
        ("ack", "u4"),
        ("tsval", "u4"),
        ("tsecr", "u4"),
        ("sack_left", "u4"),  # first SACK block
        ("sack_right", "u4"),
        ("tunnel_id", "u4"),  # VNI, GTP TEID, GRE key ... of the innermost tunnel
        ("scope", "u4"),  # what joins the connection's identity beside the 5-tuple: VLAN tags and VNI, mixed; 0 without
        ("layers", "u4"),  # Layer bits: what is found at any depth
        ("oddities", "u4"),  # Oddity bits
        ("interface", "i4"),
        ("sport", "u2"),
        ("dport", "u2"),
        ("window", "u2"),
        ("mss", "u2"),
        ("ip_id", "u2"),
        ("checksum", "u2"),  # the TCP checksum as sent: part of what tells a duplicate from a retransmission
        ("vlan", "u2"),  # innermost VLAN id
        ("flags", "u2"),  # TCP flags, FIN = 1 ... CWR = 128, AE = 256
        ("version", "u1"),  # IP version of the innermost readable header, 4 or 6; 0 for none
        ("proto", "u1"),  # transport protocol; 1 or 58 for ICMP, also when it quotes another packet
        ("quoted_proto", "u1"),  # transport protocol of the packet an ICMP error quotes
        ("ttl", "u1"),  # TTL or hop limit
        ("options", "u1"),  # Option bits
        ("wscale", "u1"),
        ("icmp_type", "u1"),
        ("icmp_code", "u1"),
        ("tunnel", "u1"),  # Tunnel of the innermost tunnel
        ("depth", "u1"),  # IP headers above the innermost one
    ],
    align=True,
)

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = 1, 2, 4, 8, 16, 32, 64, 128, 256


class Option(IntFlag):
    """TCP options present in a segment."""

    TIMESTAMPS = 1
    SACK_PERMITTED = 2
    WINDOW_SCALE = 4
    MSS = 8
    FAST_OPEN = 16
    MP_JOIN = 32
    SACK = 64
    MPTCP = 128


class Tunnel(IntEnum):
    """How the innermost IP header was carried."""

    NONE = 0
    IP_IN_IP = 1
    GRE = 2
    VXLAN = 3
    GENEVE = 4
    GTP_U = 5
    TEREDO = 6
    MPLS = 7


class Layer(IntFlag):
    """What a packet holds at any depth, headers quoted in ICMP errors included, as Wireshark's display filters count."""

    IPV4 = 1 << 0
    IPV6 = 1 << 1
    TCP = 1 << 2
    UDP = 1 << 3
    ICMP = 1 << 4
    ICMPV6 = 1 << 5
    SYN = 1 << 6
    SYN_ACK = 1 << 7
    RST = 1 << 8
    FIN = 1 << 9
    DNS = 1 << 10
    QUIC = 1 << 11
    WIREGUARD = 1 << 12


class Oddity(IntFlag):
    """Why a packet could not be read in full, or what is unusual about it. Counted, never raised."""

    SNAPLEN_CUT = 1 << 0  # fewer bytes captured than the wire had
    TRUNCATED = 1 << 1  # a header runs past the captured bytes
    BAD_LENGTH = 1 << 2  # a header's length field contradicts itself or its surroundings
    UNKNOWN_LINK = 1 << 3  # a link type that is not decoded
    UNKNOWN_ETHERTYPE = 1 << 4  # not IP: ARP, LLDP ...
    UNKNOWN_TRANSPORT = 1 << 5  # IP carries something other than TCP, UDP, ICMP
    FRAGMENT = 1 << 6  # part of a fragmented IP datagram
    FRAGMENT_DROPPED = 1 << 7  # a datagram whose fragments never completed, overlapped wrongly or were too many
    BAD_OPTIONS = 1 << 8  # TCP or IP options that run past their header
    TOO_DEEP = 1 << 9  # more encapsulation than is followed
    OFFLOAD = 1 << 10  # a TCP segment larger than its MSS or any MTU: merged by offload before capture
    NO_TIMESTAMP = 1 << 11  # the record carries no time (pcapng simple packet block)
    CLOCK_BACKWARDS = 1 << 12  # captured more than 1 ms before its predecessor on the same interface
    BAD_VERSION = 1 << 13  # an IP header whose version field is neither 4 nor 6, or not what its carrier said

"""Carries the position in a packet from one header to the next.

A protocol file is kernels of one shape, `name(b, w, row)`: read the header at `b[w.at]`, write what it says into
the PACKET row, and leave in `w` where the next header lies and of which kind it is. `decode.py` calls one after
the other until the kind is STOP. A header's length is checked once, by `lacks`; the reads after it cannot fail.

    w.cap     end of the bytes that may be read: captured, and inside the datagram (so never Ethernet padding)
    w.limit   end of the datagram by its own length field; past `w.cap` when the snap length cut the packet

`scope`, `vlan`, `tunnel` and `tunnel_id` wait in `w` until the next IP header could be read: they describe how
*that* header was carried. `scope` mixes VLAN ids (priority tags with id 0 are no VLAN) and VXLAN/Geneve network
ids. GTP tunnel ends, GRE keys and MPLS labels differ between the two directions of a connection, so they are
in `tunnel_id` only.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.kernel import be16, step
from netdiag.packets.packet import Layer, Oddity, Tunnel

WALK = np.dtype(
    [
        (name, "i8")
        for name in (
            "kind",  # of the header at `at`, one of the numbers below
            "at",
            "cap",
            "limit",
            "length",  # of the datagram by its IP header; 0 after reassembly
            "quoted",  # 0, or AWAITED, FIRST, DEEPER inside an ICMP error
            "scope",
            "vlan",
            "tunnel",
            "tunnel_id",
            "ts_ns",
            "scratch",  # where the next reassembled datagram may be written
            "scratch_end",
        )
    ]
)

STOP, ETHERNET, VLAN, LLC, FABRICPATH, MPLS, PPPOE, PPP, HDLC, SLL, SLL2, NULL = range(12)
IPV4, IPV6, EXTENSION, FRAGMENT6, AUTHENTICATION, TCP, UDP, ICMP, ICMPV6, GRE = range(12, 22)
VXLAN, GENEVE, GTP_U, TEREDO, WIFI, RADIOTAP, PPI, NFLOG, PKTAP, CAPWAP = range(22, 32)
ANY_IP, IPNET, IPOIB, FDDI, ARCNET = range(32, 37)

AWAITED, FIRST, DEEPER = 1, 2, 3
"""In an ICMP error: the quoted IP header comes next; inside the quoted packet; inside something it carried."""

SNAPLEN_CUT, TRUNCATED, BAD_LENGTH = int(Oddity.SNAPLEN_CUT), int(Oddity.TRUNCATED), int(Oddity.BAD_LENGTH)
UNKNOWN_LINK, UNKNOWN_ETHERTYPE = int(Oddity.UNKNOWN_LINK), int(Oddity.UNKNOWN_ETHERTYPE)
UNKNOWN_TRANSPORT, BAD_OPTIONS, BAD_VERSION = int(Oddity.UNKNOWN_TRANSPORT), int(Oddity.BAD_OPTIONS), int(Oddity.BAD_VERSION)
ODD_FRAGMENT, FRAGMENT_DROPPED, TOO_DEEP = int(Oddity.FRAGMENT), int(Oddity.FRAGMENT_DROPPED), int(Oddity.TOO_DEEP)
OFFLOAD, NO_TIMESTAMP, CLOCK_BACKWARDS = int(Oddity.OFFLOAD), int(Oddity.NO_TIMESTAMP), int(Oddity.CLOCK_BACKWARDS)

HAS_IPV4, HAS_IPV6, HAS_TCP, HAS_UDP = int(Layer.IPV4), int(Layer.IPV6), int(Layer.TCP), int(Layer.UDP)
HAS_ICMP, HAS_ICMPV6 = int(Layer.ICMP), int(Layer.ICMPV6)
HAS_SYN, HAS_SYN_ACK, HAS_RST, HAS_FIN = int(Layer.SYN), int(Layer.SYN_ACK), int(Layer.RST), int(Layer.FIN)
HAS_DNS, HAS_QUIC, HAS_WIREGUARD = int(Layer.DNS), int(Layer.QUIC), int(Layer.WIREGUARD)

IN_IP, IN_GRE, IN_VXLAN, IN_GENEVE = np.int64(Tunnel.IP_IN_IP), np.int64(Tunnel.GRE), np.int64(Tunnel.VXLAN), np.int64(Tunnel.GENEVE)
IN_GTP_U, IN_TEREDO, IN_MPLS = np.int64(Tunnel.GTP_U), np.int64(Tunnel.TEREDO), np.int64(Tunnel.MPLS)


PROTOCOLS = {
    6: TCP,
    17: UDP,
    1: ICMP,
    58: ICMPV6,
    47: GRE,
    137: MPLS,
    4: IPV4,
    94: IPV4,
    41: IPV6,
    0: EXTENSION,
    43: EXTENSION,
    60: EXTENSION,
    135: EXTENSION,
    139: EXTENSION,
    140: EXTENSION,
    44: FRAGMENT6,
    51: AUTHENTICATION,
}
"""IP protocol numbers (IANA) and the headers behind them: transports, IP in IP, IPv6 extension headers."""


def table(kinds: dict[int, int], size: int) -> NDArray[np.int64]:
    """Array of `kinds` by number, STOP for the others: what kernels look up."""
    array = np.full(size, STOP)
    array[list(kinds)] = list(kinds.values())
    return array


_KIND_OF_PROTOCOL = table(PROTOCOLS, 256)


def offsets(header: np.dtype[Any]) -> tuple[int, ...]:
    """Byte offsets of the fields of a header's table, in order."""
    return tuple(int(header.fields[name][1]) for name in header.names or ())  # type: ignore[index]


@step
def lacks(w: Any, row: Any, size: Any) -> Any:
    """Whether a header of `size` bytes at `w.at` runs past the captured bytes; the walk then ends here, marked.

    The packet that an ICMP error quotes is cut by nature: that is no oddity.
    """
    if w.at + size <= w.cap:
        return False
    if w.quoted == 0:
        row.oddities |= TRUNCATED
    w.kind = STOP
    return True


@step
def contradicts(w: Any, row: Any) -> None:
    """End the walk at a header whose length field cannot be true."""
    row.oddities |= BAD_LENGTH
    w.kind = STOP


@step
def narrow(w: Any, limit: Any) -> None:
    """Set where the datagram ends by its own length field."""
    w.limit = limit
    if limit < w.cap:
        w.cap = limit


@step
def mix(scope: Any, tag: Any) -> Any:
    """`scope` with one more VLAN or network id in it (32 bits, never 0)."""
    mixed = ((scope ^ (tag + 1)) * 0x9E3779B1) & 0xFFFFFFFF
    mixed ^= mixed >> 15
    return max(mixed, 1)


@step
def enter_datagram(w: Any, row: Any, version: Any) -> None:
    """Begin an IP datagram in the row: an outer datagram, if any, becomes its tunnel and its ports are forgotten."""
    if row.version != 0:
        row.depth += 1
        row.sport, row.dport = 0, 0
        row.payload_at, row.payload, row.captured = 0, 0, 0
    row.version = version
    row.tunnel, row.tunnel_id = w.tunnel, w.tunnel_id
    row.scope, row.vlan = w.scope, w.vlan


@step
def into_tunnel(w: Any, tunnel: Any, tunnel_id: Any) -> None:
    """Note what carries the next IP header."""
    w.tunnel, w.tunnel_id = tunnel, tunnel_id


@step
def by_ethertype(w: Any, row: Any, number: Any) -> None:
    """Choose the next header by EtherType (IEEE 802 numbers; below 0x600 it is a length, so LLC follows)."""
    if number == 0x0800:
        w.kind = IPV4
    elif number == 0x86DD:
        w.kind = IPV6
    elif number == 0x8100 or number == 0x88A8 or number == 0x9100 or number == 0x9200:
        w.kind = VLAN
    elif number < 0x0600:
        w.kind = LLC
    elif number == 0x8847 or number == 0x8848:
        w.kind = MPLS
    elif number == 0x8864:
        w.kind = PPPOE
    elif number == 0x6558:
        w.kind = ETHERNET
    elif number == 0x880B:
        w.kind = PPP
    elif number == 0x8903:
        w.kind = FABRICPATH
    else:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP


@step
def by_protocol(w: Any, row: Any, number: Any) -> None:
    """Choose the next header by IP protocol number and note it as the row's transport protocol."""
    if w.quoted == 0:
        row.proto = number
    elif w.quoted == FIRST:
        row.quoted_proto = number
    kind = _KIND_OF_PROTOCOL[number]
    w.kind = kind
    if kind == STOP:
        if w.quoted == 0:
            row.oddities |= UNKNOWN_TRANSPORT
    elif kind in (IPV4, IPV6):
        into_tunnel(w, IN_IP, 0)


@step
def any_ip(b: Any, w: Any, row: Any) -> None:
    """Choose IPv4 or IPv6 by the version nibble, where nothing else says which it is."""
    if lacks(w, row, 1):
        return
    version = b[w.at] >> 4
    if version == 4:
        w.kind = IPV4
    elif version == 6:
        w.kind = IPV6
    else:
        row.oddities |= BAD_VERSION
        w.kind = STOP


@step
def read_ports(b: Any, w: Any, row: Any) -> None:
    """Source and destination port, at the same place in TCP and UDP; not those of what a quoted packet carried."""
    if w.quoted != DEEPER:
        row.sport, row.dport = be16(b, w.at), be16(b, w.at + 2)

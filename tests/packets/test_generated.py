"""Packets that scapy builds from drawn values, in every link type and tunnel, decode to those values."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scapy.contrib.erspan import ERSPAN_II, ERSPAN_III, ERSPAN_PlatformSpecific
from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption
from scapy.layers.inet6 import (
    ICMPv6PacketTooBig,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
)
from scapy.layers.l2 import GRE, GRE_PPTP, LLC, SNAP, CookedLinux, CookedLinuxV2, Dot1Q, Ether, Loopback
from scapy.layers.ppp import HDLC, PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from netdiag.packets.packet import ACK, FIN, RST, SYN, Layer, Option, Tunnel

Decode = Callable[..., NDArray[Any]]

U8, U16, U32 = st.integers(0, 255), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
ORDINARY_PORT = U16.filter(lambda port: port not in {53, 2152, 3544, 4789, 5247, 6081, 6635, 8472})
ADDRESS4 = st.ip_addresses(v=4).map(str)
ADDRESS6 = st.ip_addresses(v=6).map(str)


def halves(address: str) -> tuple[int, int]:
    """An address as a PACKET row holds it."""
    parsed = ipaddress.ip_address(address)
    number = int(parsed) | (0xFFFF << 32 if parsed.version == 4 else 0)
    return number >> 64, number & (1 << 64) - 1


def ether(**fields: Any) -> Packet:
    """An Ethernet header with addresses: scapy asks the network for missing ones."""
    return Ether(dst="12:00:00:00:00:01", src="12:00:00:00:00:02", **fields)


@dataclass
class Drawn:
    """A datagram and what its row must say."""

    packet: Packet
    expected: dict[str, int]


@st.composite
def network(draw: st.DrawFn) -> tuple[Packet, dict[str, int], int]:
    """An IP header, what its row must say, and the header's length."""
    if draw(st.booleans()):
        source, destination, ttl, identity = draw(ADDRESS4), draw(ADDRESS4), draw(U8), draw(U16)
        options = draw(st.sampled_from([[], [IPOption(b"\x94\x04\x00\x00")], [IPOption(b"\x01")] * 8]))
        header = IP(src=source, dst=destination, ttl=ttl, id=identity, flags=draw(st.sampled_from(["", "DF"])), options=options)
        expected = {"version": 4, "ttl": ttl, "ip_id": identity}
    else:
        source, destination, ttl = draw(ADDRESS6), draw(ADDRESS6), draw(U8)
        header = IPv6(src=source, dst=destination, hlim=ttl, tc=draw(U8), fl=draw(st.integers(0, 0xFFFFF)))
        for extension in draw(st.lists(st.sampled_from(_EXTENSIONS), max_size=3)):
            header = header / extension.copy()
        expected = {"version": 6, "ttl": ttl, "ip_id": 0}
    for name, address in (("src", source), ("dst", destination)):
        expected[f"{name}_hi"], expected[f"{name}_lo"] = halves(address)
    return header, expected, len(header)


_EXTENSIONS = [
    IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\x00" * 4)]),
    IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\x00" * 12)]),
    IPv6ExtHdrRouting(type=0, addresses=["2001:db8::1"]),
]


@st.composite
def tcp_options(draw: st.DrawFn) -> tuple[list[Any], dict[str, int]]:
    """TCP options for scapy, and what the row must say of them."""
    chosen, expected, bits = [], {}, 0
    if draw(st.booleans()):
        tsval, tsecr = draw(U32), draw(U32)
        if draw(st.booleans()):
            chosen += [("NOP", None), ("NOP", None)]
        chosen.append(("Timestamp", (tsval, tsecr)))
        expected |= {"tsval": tsval, "tsecr": tsecr}
        bits |= Option.TIMESTAMPS
    if draw(st.booleans()):
        expected["mss"] = draw(U16)
        chosen.append(("MSS", expected["mss"]))
        bits |= Option.MSS
    if draw(st.booleans()):
        expected["wscale"] = draw(U8)
        chosen.append(("WScale", expected["wscale"]))
        bits |= Option.WINDOW_SCALE
    if draw(st.booleans()):
        chosen.append(("SAckOK", b""))
        bits |= Option.SACK_PERMITTED
    if draw(st.booleans()):
        left, right = draw(U32), draw(U32)
        chosen.append(("SAck", (left, right)))
        expected |= {"sack_left": left, "sack_right": right}
        bits |= Option.SACK
    elif draw(st.booleans()):
        chosen.append((34, b"cookie01"))
        bits |= Option.FAST_OPEN
    elif draw(st.booleans()):
        joining = draw(st.booleans())
        chosen.append((30, bytes([0x10 if joining else 0x00]) + b"\x00" * 5))
        bits |= Option.MPTCP | (Option.MP_JOIN if joining else 0)
    return chosen, expected | {"options": int(bits)}


@st.composite
def datagrams(draw: st.DrawFn) -> Drawn:
    """TCP or UDP over IPv4 or IPv6."""
    header, expected, _ = draw(network())
    payload = draw(st.binary(max_size=40))
    sport, dport = draw(ORDINARY_PORT), draw(ORDINARY_PORT)
    expected |= {"sport": sport, "dport": dport, "payload": len(payload), "captured": len(payload)}
    if draw(st.booleans()):
        options, options_expected = draw(tcp_options())
        flags = draw(st.integers(0, 0x1FF))
        values = {"seq": draw(U32), "ack": draw(U32), "window": draw(U16)}
        checksum = draw(U16)
        layer: Packet = TCP(sport=sport, dport=dport, flags=flags, options=options, chksum=checksum, **values)
        layers = Layer.TCP | (Layer.RST if flags & RST else 0) | (Layer.FIN if flags & FIN else 0)
        if flags & SYN:
            layers |= Layer.SYN_ACK if flags & ACK else Layer.SYN
        expected |= options_expected | values | {"proto": 6, "flags": flags, "checksum": checksum}
    else:
        payload = b"\x00" + payload  # nothing that QUIC or WireGuard begin with
        expected |= {"proto": 17, "payload": len(payload), "captured": len(payload)}
        layer, layers = UDP(sport=sport, dport=dport), Layer.UDP
    expected["layers"] = int(layers | (Layer.IPV4 if expected["version"] == 4 else Layer.IPV6))
    return Drawn(header / layer / Raw(payload), expected)


def check(row: Any, expected: dict[str, int]) -> None:
    """Every expected field, and nothing odd; fields not named must be 0."""
    free = {"ts_ns", "ref", "payload_at", "scope", "interface"}
    said = {name: int(row[name]) for name in row.dtype.names if name not in free}
    assert said == {name: expected.get(name, 0) for name in said}


def _next(packet: Packet) -> int:
    return 0x0800 if isinstance(packet, IP) else 0x86DD


def _af(inet6: int, order: str) -> Callable[[Packet], bytes]:
    return lambda p: struct.pack(order + "I", 2 if isinstance(p, IP) else inet6) + bytes(p)


def _wifi(p: Packet) -> bytes:
    return b"\x88\x01" + bytes(22) + b"\x00\x00" + bytes(LLC() / SNAP(code=_next(p))) + bytes(p)


def _nflog(p: Packet) -> bytes:
    return b"\x02\x00\x00\x2a" + struct.pack("<HHI", 8, 5, 0) + struct.pack("<HH", 4 + len(p), 9) + bytes(p)


LINKS: dict[str, tuple[int, Callable[[Packet], bytes]]] = {
    "ethernet": (1, lambda p: bytes(ether() / p)),
    "padded ethernet": (1, lambda p: bytes(ether() / p) + b"\xff" * 18),
    "802.3 with LLC and SNAP": (1, lambda p: bytes(ether(type=8 + len(p)) / LLC() / SNAP(code=_next(p)) / p) + b"\xff" * 7),
    "priority tag": (1, lambda p: bytes(ether() / Dot1Q(vlan=0, prio=3) / p)),
    "PPPoE": (1, lambda p: bytes(ether() / PPPoE(sessionid=7) / PPP() / p) + b"\xff" * 5),
    "Fabric Path": (1, lambda p: bytes(ether(type=0x8903)) + b"\x00\x00" + bytes(ether() / p)),
    "SLL": (113, lambda p: bytes(CookedLinux(proto=_next(p)) / p)),
    "SLL2": (276, lambda p: bytes(CookedLinuxV2(proto=_next(p)) / p)),
    "raw": (101, bytes),
    "DLT 12": (12, bytes),
    "DLT 14": (14, bytes),
    "null, little-endian": (0, _af(30, "<")),
    "null, big-endian": (0, _af(24, ">")),
    "loop": (108, _af(28, ">")),
    "null, Linux": (0, _af(10, "<")),
    "scapy loopback": (0, lambda p: bytes(Loopback(type=2 if isinstance(p, IP) else 30) / p)),
    "PPP": (9, lambda p: bytes(HDLC() / PPP() / p)),
    "PPP without address": (9, lambda p: bytes(PPP() / p)),
    "PPP, short protocol": (9, lambda p: bytes(PPP() / p)[1:]),
    "PPP in HDLC framing": (50, lambda p: bytes(HDLC() / PPP() / p)),
    "Cisco in PPP link": (50, lambda p: struct.pack(">BBH", 0x0F, 0, _next(p)) + bytes(p)),
    "pppd": (166, lambda p: b"\x01\x03" + bytes(PPP() / p)),
    "PPPoE link": (51, lambda p: bytes(PPPoE(sessionid=7) / PPP() / p)),
    "Cisco HDLC": (104, lambda p: struct.pack(">BBH", 0x0F, 0, _next(p)) + bytes(p)),
    "ATM LLC": (100, lambda p: bytes(LLC() / SNAP(code=_next(p)) / p)),
    "FDDI": (10, lambda p: b"\x50" + bytes(12) + bytes(LLC() / SNAP(code=_next(p)) / p)),
    "802.11": (105, _wifi),
    "radiotap": (127, lambda p: b"\x00\x00\x0a\x00" + bytes(6) + _wifi(p)),
    "PPI": (192, lambda p: struct.pack("<BBHI", 0, 0, 8, 1) + bytes(ether() / p)),
    "PKTAP": (258, lambda p: struct.pack("<III", 16, 1, 101) + bytes(4) + bytes(p)),
    "NFLOG": (239, _nflog),
    "IPNET": (226, lambda p: bytes(24) + bytes(p)),
    "IPoIB": (242, lambda p: bytes(40) + struct.pack(">HH", _next(p), 0) + bytes(p)),
}


@pytest.mark.parametrize("link", LINKS)
@given(drawn=datagrams())
@settings(max_examples=15, deadline=None)
def test_link_types(decode: Decode, link: str, drawn: Drawn) -> None:
    number, build = LINKS[link]
    (row,) = decode([build(drawn.packet)], number)
    check(row, drawn.expected)
    assert row["scope"] == 0


def test_families_of_one_version_only(decode: Decode, segment: Callable[..., bytes]) -> None:
    inner = IPv6(src="2001:db8::1", dst="2001:db8::2") / TCP(sport=1, dport=2)
    assert decode([bytes(inner)], 229)[0]["version"] == 6
    assert decode([segment()], 228)[0]["version"] == 4
    assert decode([b"\x00" * 4 + b"\xd4\x00\x00\x00" + segment()], 129)[0]["sport"] == 1234


@given(
    drawn=datagrams(),
    tags=st.lists(st.integers(1, 4094), min_size=1, max_size=3),
    types=st.lists(st.sampled_from([0x8100, 0x88A8, 0x9100]), min_size=3, max_size=3),
)
@settings(max_examples=50, deadline=None)
def test_vlan_tags_nest_and_join_the_scope(decode: Decode, drawn: Drawn, tags: list[int], types: list[int]) -> None:
    frame = ether(type=types[0])
    for tag, following in zip(tags, [*types[1 : len(tags)], _next(drawn.packet)], strict=True):
        frame = frame / Dot1Q(vlan=tag, type=following)
    other = bytes(frame / drawn.packet)[:14] + bytes([0xE0 | (tags[0] >> 8), tags[0] & 255]) + bytes(frame / drawn.packet)[16:]
    rows = decode([bytes(frame / drawn.packet), other, bytes(ether() / drawn.packet)])
    check(rows[0], drawn.expected | {"vlan": tags[-1]})
    assert rows[0]["scope"] == rows[1]["scope"] != 0, "the priority bits are no part of the scope"
    assert rows[2]["scope"] == 0


def _into(p: Packet, outer: Packet) -> bytes:
    return bytes(ether() / outer / p)


def _keyed(p: Packet, key: int) -> Packet:
    return GRE(proto=_next(p), key_present=1, key=key)


def _full_gre(p: Packet) -> bytes:
    return _into(p, IP() / GRE(proto=_next(p), chksum_present=1, key_present=1, key=99, seqnum_present=1, sequence_number=5))


def _pptp(p: Packet) -> bytes:
    call = GRE_PPTP(call_id=77, seqnum_present=1, sequence_number=1, acknum_present=1, ack_number=2, payload_len=len(p) + 2)
    return _into(PPP() / p, IP() / call)


def _erspan(p: Packet, proto: int, header: Packet) -> bytes:
    return _into(Raw(bytes(header) + bytes(ether() / p)), IP() / GRE(proto=proto, seqnum_present=1, sequence_number=1))


def _geneve(p: Packet) -> bytes:
    header = struct.pack(">BBHI", 2, 0, _next(p), 6 << 8) + bytes(8)
    return _into(Raw(header + bytes(p)), IPv6() / UDP(dport=6081))


def _vxlan(vni: int, port: int = 4789) -> Packet:
    return IP() / UDP(dport=port) / VXLAN(vni=vni, flags=8) / ether()


def _gtp(teid: int, **more: int) -> Packet:
    return IP() / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=teid, gtp_type=255, **more)


def _label(number: int, bottom: int = 1) -> Packet:
    return MPLS(label=number, s=bottom, ttl=9)


TUNNELS: dict[str, tuple[Tunnel, int, int, Callable[[Packet], bytes]]] = {
    "IP in IPv4": (Tunnel.IP_IN_IP, 0, 1, lambda p: _into(p, IP(proto=4 if isinstance(p, IP) else 41))),
    "IP in IPv6": (Tunnel.IP_IN_IP, 0, 1, lambda p: _into(p, IPv6(nh=4 if isinstance(p, IP) else 41))),
    "GRE": (Tunnel.GRE, 0, 1, lambda p: _into(p, IP() / GRE(proto=_next(p)))),
    "GRE with all fields": (Tunnel.GRE, 99, 1, _full_gre),
    "GRE in GRE": (Tunnel.GRE, 2, 2, lambda p: _into(p, IP() / GRE(proto=0x800, key_present=1, key=1) / IP() / _keyed(p, 2))),
    "GRE with Ethernet": (Tunnel.GRE, 3, 1, lambda p: _into(ether() / p, IP() / GRE(proto=0x6558, key_present=1, key=3))),
    "PPTP": (Tunnel.GRE, 77, 1, _pptp),
    "ERSPAN I": (Tunnel.GRE, 0, 1, lambda p: _into(ether() / p, IP() / GRE(proto=0x88BE))),
    "ERSPAN II": (Tunnel.GRE, 0, 1, lambda p: _erspan(p, 0x88BE, ERSPAN_II())),
    "ERSPAN III": (Tunnel.GRE, 0, 1, lambda p: _erspan(p, 0x22EB, ERSPAN_III())),
    "ERSPAN III with platform header": (Tunnel.GRE, 0, 1, lambda p: _erspan(p, 0x22EB, ERSPAN_III(o=1) / ERSPAN_PlatformSpecific())),
    "Aruba": (Tunnel.GRE, 0, 1, lambda p: _into(Raw(_wifi(p)), IP() / GRE(proto=0x8200))),
    "MPLS": (Tunnel.MPLS, 18, 0, lambda p: _into(p, _label(17, 0) / _label(18))),
    "MPLS pseudo-wire": (Tunnel.MPLS, 19, 0, lambda p: _into(Raw(bytes(4) + bytes(ether() / p)), _label(19))),
    "MPLS without control word": (Tunnel.MPLS, 19, 0, lambda p: _into(ether() / p, _label(19))),
    "MPLS in UDP": (Tunnel.MPLS, 20, 1, lambda p: _into(_label(20) / p, IP() / UDP(dport=6635))),
    "Geneve": (Tunnel.GENEVE, 5, 1, lambda p: _into(ether() / p, IP() / UDP(dport=6081) / GENEVE(vni=5))),
    "Geneve with options and IP": (Tunnel.GENEVE, 6, 1, _geneve),
    "VXLAN": (Tunnel.VXLAN, 42, 1, lambda p: _into(p, _vxlan(42))),
    "VXLAN of flannel": (Tunnel.VXLAN, 1, 1, lambda p: _into(p, _vxlan(1, 8472))),
    "VXLAN in VXLAN": (Tunnel.VXLAN, 2, 2, lambda p: _into(p, _vxlan(1) / _vxlan(2))),
    "GTP-U": (Tunnel.GTP_U, 7, 1, lambda p: _into(p, _gtp(7))),
    "GTP-U with sequence": (Tunnel.GTP_U, 9, 1, lambda p: _into(p, _gtp(9, S=1, seq=5))),
    "GTP-U with extension": (
        *(Tunnel.GTP_U, 8, 1),
        lambda p: _into(p, _gtp(8, E=1, S=1, seq=1, next_ex=0x85) / GTPPDUSessionContainer(type=1, QFI=3, NextExtHdr=0)),
    ),
}


@pytest.mark.parametrize("tunnel", TUNNELS)
@given(drawn=datagrams())
@settings(max_examples=15, deadline=None)
def test_tunnels(decode: Decode, tunnel: str, drawn: Drawn) -> None:
    kind, identity, depth, build = TUNNELS[tunnel]
    (row,) = decode([build(drawn.packet)])
    said = int(row["layers"])
    outer = said & ~drawn.expected["layers"]
    assert outer & ~(Layer.IPV4 | Layer.IPV6 | Layer.UDP) == 0, "only what the tunnel is made of is added"
    check(row, drawn.expected | {"tunnel": int(kind), "tunnel_id": identity, "depth": depth, "layers": said})
    assert said & drawn.expected["layers"] == drawn.expected["layers"]
    assert (row["scope"] != 0) == (kind in {Tunnel.VXLAN, Tunnel.GENEVE})


@given(drawn=datagrams().filter(lambda d: d.expected["version"] == 6), origin=st.booleans(), authentication=st.booleans())
@settings(max_examples=30, deadline=None)
def test_teredo(decode: Decode, drawn: Drawn, origin: bool, authentication: bool) -> None:
    indicators = (b"\x00\x01\x02\x03ab" + b"xyz" + bytes(9) if authentication else b"") + (b"\x00\x00" + bytes(6) if origin else b"")
    (row,) = decode([_into(Raw(indicators + bytes(drawn.packet)), IP() / UDP(sport=3544, dport=9))])
    layers = drawn.expected["layers"] | Layer.IPV4 | Layer.UDP
    check(row, drawn.expected | {"tunnel": int(Tunnel.TEREDO), "depth": 1, "layers": int(layers)})


@given(drawn=datagrams(), kind=st.sampled_from([3, 4, 5, 11, 12]), code=U8, keep=st.integers(8, 200))
@settings(max_examples=60, deadline=None)
def test_icmp_errors_name_the_quoted_packet(decode: Decode, drawn: Drawn, kind: int, code: int, keep: int) -> None:
    six = drawn.expected["version"] == 6
    upper = len(drawn.packet) - drawn.expected["payload"] - (20 if drawn.expected["proto"] == 6 else 8)
    upper -= 0 if drawn.expected["proto"] == 17 else len(drawn.packet[TCP].self_build()) - 20
    quote = bytes(drawn.packet)[: upper + keep]
    if six:
        error = IPv6(src="2001:db8::99", dst=drawn.packet.src, hlim=61) / ICMPv6PacketTooBig(code=code, mtu=1280)
        sender = halves("2001:db8::99")
    else:
        error = IP(src="192.0.2.99", dst=drawn.packet.src, ttl=61, id=9) / ICMP(type=kind, code=code)
        sender = halves("192.0.2.99")
    (row,) = decode([bytes(ether() / error / Raw(quote))])
    layers = int(row["layers"])
    assert layers & ~(Layer.SYN | Layer.SYN_ACK | Layer.RST | Layer.FIN) == (
        (Layer.IPV6 | Layer.ICMPV6 if six else Layer.IPV4 | Layer.ICMP) | (Layer.TCP if drawn.expected["proto"] == 6 else Layer.UDP)
    )
    expected = {name: drawn.expected.get(name, 0) for name in ("version", "src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "seq")}
    expected |= {"from_hi": sender[0], "from_lo": sender[1], "proto": 58 if six else 1, "quoted_proto": drawn.expected["proto"]}
    expected |= {"icmp_type": 2 if six else kind, "icmp_code": code, "ttl": 61, "ip_id": 0 if six else 9, "layers": layers}
    check(row, expected)

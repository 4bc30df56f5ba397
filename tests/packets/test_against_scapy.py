"""Every field equals scapy's, on every packet of the corpus's smaller captures."""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scapy import all as everything
from scapy.config import conf
from scapy.contrib import erspan, geneve, gtp, mpls
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, TCPerror, UDPerror
from scapy.layers.inet6 import IPerror6, IPv6, _ICMPv6Error
from scapy.layers.l2 import Dot1AD, Dot1Q
from scapy.packet import NoPayload, Packet

from netdiag.capture.capture import Capture
from netdiag.capture.record import NO_TIME
from netdiag.errors import CaptureError
from netdiag.packets.decode import Decoder
from netdiag.packets.packet import Oddity, Option

LOADED = (everything, erspan, geneve, gtp, mpls)
"""Importing them teaches scapy all its link types and these tunnels."""

SMALL = 300
"""Captures with at most so many packets are compared whole."""

DAMAGED = Oddity.TRUNCATED | Oddity.BAD_LENGTH | Oddity.FRAGMENT | Oddity.BAD_OPTIONS | Oddity.BAD_VERSION | Oddity.TOO_DEEP
"""Such a packet is described as far as it can be read, and scapy has other rules for how far that is."""

NOT_DISSECTED = {
    100: "ATM", 104: "Cisco HDLC", 106: "IP over ATM", 129: "ARCNET", 226: "IPNET", 239: "NFLOG", 242: "IPoIB", 258: "PKTAP",
    8: "SLIP", 123: "SUNATM", 137: "Juniper ATM", 149: "user", 253: "netlink", 256: "Bluetooth", 271: "vsock", 284: "DSA",
}  # fmt: skip
"""Link types that scapy does not know; test_generated and test_corpus hold those we decode (the first row)."""

DIFFERENT = {
    "scapy_zigbee-join-authenticate.pcap": "802.15.4 is not decoded here; scapy guesses IPv6 in it",
    "suricata-verify_urgent11_cve_2019_12260.pcap": "scapy gives up a TCP header whose authentication option is too short",
    "tcpdump_bigtcp-ipv6.pcap": "scapy takes an IPv6 length of 0 for an empty datagram",
    "tcpdump_quic_vn.pcap": "scapy does not know this system's AF_INET6 (30, little-endian)",
    "tcpdump_erspan-type-ii-3.pcap": "the tag of a mirrored frame that is not IP: the row describes the packet around it",
    "zeek_Teredo.pcap": "scapy does not follow Teredo",
    "zeek_cisco-fabric-path.pcap": "scapy does not know FabricPath",
}
"""Files where scapy and we differ, and why; a file that no longer differs fails."""

TCP_OPTIONS = {
    "Timestamp": Option.TIMESTAMPS,
    "MSS": Option.MSS,
    "WScale": Option.WINDOW_SCALE,
    "SAckOK": Option.SACK_PERMITTED,
    "SAck": Option.SACK,
    "TFO": Option.FAST_OPEN,
}


def layers_of(packet: Packet) -> list[Packet]:
    """The packet's layers, outermost first."""
    layers = []
    while not isinstance(packet, NoPayload):
        layers.append(packet)
        packet = packet.payload
    return layers


def halves(address: str, name: str) -> dict[str, int]:
    """An address as a PACKET row holds it."""
    parsed = ipaddress.ip_address(address)
    number = int(parsed) | (0xFFFF << 32 if parsed.version == 4 else 0)
    return {f"{name}_hi": number >> 64, f"{name}_lo": number & (1 << 64) - 1}


def tcp_fields(tcp: Packet, length: int) -> dict[str, int]:
    """What scapy reads of a TCP segment of `length` bytes."""
    fields = {"seq": tcp.seq, "ack": tcp.ack, "flags": int(tcp.flags), "window": tcp.window, "checksum": tcp.chksum}
    bits = 0
    for name, value in tcp.options:
        bits |= TCP_OPTIONS.get(name, 0)
        if name == "Timestamp":
            fields |= {"tsval": value[0], "tsecr": value[1]}
        elif name == "MSS":
            fields["mss"] = value
        elif name == "WScale":
            fields["wscale"] = value
        elif name == "SAck":
            fields |= {"sack_left": value[0], "sack_right": value[1]}
        elif name == 254 and value[:2] == b"\xf9\x89":
            bits |= Option.FAST_OPEN
        elif name == 30:
            bits |= Option.MPTCP | (Option.MP_JOIN if value[0] >> 4 == 1 else 0)
    return fields | {"options": bits, "payload": length - tcp.dataofs * 4}


def expected(packet: Packet) -> dict[str, int]:
    """The fields of a row as scapy sees them."""
    layers = layers_of(packet)
    headers = [layer for layer in layers if type(layer) in (IP, IPv6)]
    tags = [layer.vlan for layer in layers if type(layer) in (Dot1Q, Dot1AD) and layer.vlan]
    if not headers:
        return {"version": 0, "depth": 0, "sport": 0, "dport": 0, "payload": 0}
    ip = headers[-1]
    inside = layers[layers.index(ip) + 1 :]
    four = type(ip) is IP
    fields = {"version": ip.version, "depth": len(headers) - 1, "ttl": ip.ttl if four else ip.hlim, "vlan": tags[-1] if tags else 0}
    fields |= {"ip_id": ip.id} if four else {}
    fields |= halves(ip.src, "src") | halves(ip.dst, "dst")
    upper = next((layer for layer in inside if type(layer) in (TCP, UDP, ICMP) or isinstance(layer, _ICMPv6Error)), None)
    quoted = next((layer for layer in inside if type(layer) in (IPerror, IPerror6)), None)
    if upper is None:
        return fields | {"sport": 0, "dport": 0, "payload": 0}
    extensions = sum(len(layer.self_build()) for layer in inside[: inside.index(upper)])
    length = (ip.len - ip.ihl * 4 if four else ip.plen) - extensions
    if type(upper) is TCP:
        fields |= {"proto": 6, "sport": upper.sport, "dport": upper.dport} | tcp_fields(upper, length)
    elif type(upper) is UDP:
        fields |= {"proto": 17, "sport": upper.sport, "dport": upper.dport, "payload": upper.len - 8}
    else:
        fields |= {"proto": 1 if type(upper) is ICMP else 58, "icmp_type": upper.type, "icmp_code": upper.code}
    if quoted is not None:
        fields |= {f"from_{half}": fields[f"src_{half}"] for half in ("hi", "lo")}
        fields |= halves(quoted.src, "src") | halves(quoted.dst, "dst")
        ports = next((layer for layer in inside if type(layer) in (TCPerror, UDPerror)), None)
        if ports is not None:
            fields |= {"quoted_proto": 6 if type(ports) is TCPerror else 17, "sport": ports.sport, "dport": ports.dport}
    return fields


def compared(path: Path) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """What we and what scapy read of each packet of a file."""
    decoder = Decoder(1)
    for chunk in Capture([path]).chunks():
        records = iter(chunk.records)
        for batch in decoder.rows(chunk):
            for row in batch:
                record = next(records)
                dissector: Callable[[bytes], Packet] | None = conf.l2types.num2layer.get(int(record["link"]))
                assert dissector is not None or int(record["link"]) in NOT_DISSECTED, record["link"]
                assert bool(record["flags"] & NO_TIME) == bool(row["oddities"] & Oddity.NO_TIMESTAMP)
                if dissector is None or row["oddities"] & DAMAGED:
                    continue
                begin = int(record["offset"])
                theirs = expected(dissector(bytes(chunk.buffer[begin : begin + int(record["captured"])])))
                yield {name: int(row[name]) for name in theirs}, theirs


def test_every_field_of_every_packet(corpus: Path) -> None:
    with (corpus / "TRUTH.tsv").open(newline="") as table:
        truth = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    files = packets = 0
    different: dict[str, Any] = {}
    for row in truth:
        if int(row["tshark_packets"]) > SMALL:
            continue
        try:
            pairs = list(compared(corpus / row["file"]))
        except CaptureError:
            continue
        files, packets = files + bool(pairs), packets + len(pairs)
        for ours, theirs in pairs:
            if ours != theirs:
                different.setdefault(row["file"], {name: (ours[name], theirs[name]) for name in theirs if ours[name] != theirs[name]})
    assert {file: difference for file, difference in different.items() if file not in DIFFERENT} == {}
    assert set(different) == set(DIFFERENT)
    assert files >= 160
    assert packets > 6000

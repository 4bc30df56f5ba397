"""Reads and writes the few packets that the middle box must understand: IP with TCP, and the answers it makes itself."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, ICMP, ICMPV6 = 6, 1, 58
TTL = 64


@dataclass(frozen=True, slots=True)
class Packet:
    """What a rule may decide by; `raw` is the whole IP packet."""

    raw: bytes
    version: int
    src: str
    dst: str
    sport: int = 0
    dport: int = 0
    seq: int = 0
    ack: int = 0
    flags: int = 0
    payload: bytes = b""

    @property
    def opens(self) -> bool:
        """A SYN that asks for a connection."""
        return self.flags & (SYN | ACK) == SYN

    @property
    def accepts(self) -> bool:
        """A SYN-ACK."""
        return self.flags & (SYN | ACK) == SYN | ACK

    @property
    def hello(self) -> bool:
        """Begins a TLS handshake: a ClientHello or ServerHello."""
        return len(self.payload) > 5 and self.payload[0] == 22 and self.payload[5] in (1, 2)

    def key(self, inward: bool) -> tuple[str, int, str, int]:
        """The connection, client first."""
        ends = (self.src, self.sport), (self.dst, self.dport)
        (src, sport), (dst, dport) = ends if inward else ends[::-1]
        return src, sport, dst, dport


def parse(raw: bytes) -> Packet | None:
    """A packet whose addresses are known; ports and the rest too if it is TCP and not a later fragment."""
    if len(raw) >= 20 and raw[0] >> 4 == 4:
        version, at, protocol = 4, (raw[0] & 15) * 4, raw[9]
        src, dst = (socket.inet_ntop(socket.AF_INET, raw[i : i + 4]) for i in (12, 16))
        end, later = int.from_bytes(raw[2:4]), int.from_bytes(raw[6:8]) & 0x1FFF
    elif len(raw) >= 40 and raw[0] >> 4 == 6:
        version, at, protocol = 6, 40, raw[6]
        src, dst = (socket.inet_ntop(socket.AF_INET6, raw[i : i + 16]) for i in (8, 24))
        end, later = 40 + int.from_bytes(raw[4:6]), 0
    else:
        return None
    if protocol != TCP or later or len(raw) < at + 20:
        return Packet(raw, version, src, dst)
    sport, dport, seq, ack, offset, flags = struct.unpack_from("!HHIIBB", raw, at)
    return Packet(raw, version, src, dst, sport, dport, seq, ack, flags, raw[at + (offset >> 4) * 4 : end])


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) & ~1])) + (data[-1] << 8 if len(data) % 2 else 0)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def tcp(
    src: str, sport: int, dst: str, dport: int, *, seq: int, ack: int = 0, flags: int, options: bytes = b"", window: int = 0, ttl: int = TTL
) -> bytes:
    """An IP packet with a TCP header and no data."""
    fixed = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, (5 + len(options) // 4) << 4, flags, window, 0, 0)
    return datagram(src, dst, TCP, fixed + options, at=16, ttl=ttl)


def datagram(src: str, dst: str, protocol: int, body: bytes, *, at: int, ttl: int = TTL) -> bytes:
    """An IP packet around a body whose checksum stands at `at`."""
    family = socket.AF_INET6 if ":" in src else socket.AF_INET
    here, there = socket.inet_pton(family, src), socket.inet_pton(family, dst)
    pseudo = b"" if protocol == ICMP else here + there + struct.pack("!II", len(body), protocol)
    body = body[:at] + checksum(pseudo + body).to_bytes(2) + body[at + 2 :]
    if family == socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, ttl) + here + there + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, ttl, protocol, 0) + here + there
    return head[:10] + checksum(head).to_bytes(2) + head[12:] + body


def reset(packet: Packet) -> bytes:
    """What a closed port says to this packet (RFC 9293 section 3.10.7.1)."""
    if packet.flags & ACK:
        seq, ack, flags = packet.ack, 0, RST
    else:
        length = len(packet.payload) + bool(packet.flags & SYN) + bool(packet.flags & FIN)
        seq, ack, flags = 0, (packet.seq + length) % 2**32, RST | ACK
    return tcp(packet.dst, packet.dport, packet.src, packet.sport, seq=seq, ack=ack, flags=flags)


def forged_reset(packet: Packet, ttl: int) -> bytes:
    """What a device in the path sends to the sender of this packet in the name of the other side."""
    ack = (packet.seq + len(packet.payload) + bool(packet.flags & SYN)) % 2**32
    return tcp(packet.dst, packet.dport, packet.src, packet.sport, seq=packet.ack, ack=ack, flags=RST | ACK, ttl=ttl)


def prohibited(packet: Packet, router: str) -> bytes:
    """ICMP: communication administratively prohibited (RFC 1812 section 5.2.7.1; RFC 4443 section 3.1)."""
    if packet.version == 6:
        return datagram(router, packet.src, ICMPV6, struct.pack("!BBHI", 1, 1, 0, 0) + packet.raw[:1232], at=2)
    return datagram(router, packet.src, ICMP, struct.pack("!BBHI", 3, 13, 0, 0) + packet.raw[:548], at=2)

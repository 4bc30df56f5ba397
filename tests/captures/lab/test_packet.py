"""The middle box's own packets, held against scapy."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6

from captures.lab import packet
from captures.lab.packet import ACK, RST, SYN

FOUR, SIX = ("192.0.2.1", "203.0.113.10"), ("2001:db8::1", "2001:db8::2")


def layer(raw):
    return (IP if raw[0] >> 4 == 4 else IPv6)(raw)


def with_fresh_checksums(raw):
    made = layer(raw)
    for one in (made, made.payload):
        for name in ("chksum", "cksum"):
            if name in one.fields:
                delattr(one, name)
    return bytes(made)


@pytest.mark.parametrize(("src", "dst"), [FOUR, SIX])
def test_what_it_builds_has_right_checksums_and_is_read_back(src, dst):
    raw = packet.tcp(src, 40000, dst, 443, seq=7, ack=9, flags=SYN | ACK, options=b"\x02\x04\x05\xb4", window=1000)
    assert with_fresh_checksums(raw) == raw
    read = packet.parse(raw)
    assert (read.src, read.sport, read.dst, read.dport, read.seq, read.ack) == (src, 40000, dst, 443, 7, 9)
    assert read.accepts
    assert not read.opens
    assert read.key(inward=True) == (src, 40000, dst, 443) == packet.parse(packet.reset(read)).key(inward=False)


@pytest.mark.parametrize(("src", "dst"), [FOUR, SIX])
def test_refusals(src, dst):
    syn = packet.parse(packet.tcp(src, 40000, dst, 443, seq=2**32 - 1, flags=SYN))
    raw = packet.reset(syn)
    told = layer(raw)[TCP]
    assert (told.ack, told.flags) == (0, "RA")
    assert with_fresh_checksums(raw) == raw
    data = packet.parse(bytes((IP if ":" not in src else IPv6)(src=src, dst=dst) / TCP(sport=1, dport=2, seq=5, ack=6, flags="A") / b"xyz"))
    assert data.payload == b"xyz"
    assert packet.parse(packet.reset(data)).seq == 6
    forged = packet.parse(packet.forged_reset(data, ttl=99))
    assert (forged.seq, forged.ack, forged.flags) == (6, 8, RST | ACK)


def test_icmp_quotes_what_was_refused():
    four = packet.prohibited(packet.parse(packet.tcp(*(FOUR[0], 1, FOUR[1], 2), seq=1, flags=SYN)), "203.0.113.137")
    six = packet.prohibited(packet.parse(packet.tcp(*(SIX[0], 1, SIX[1], 2), seq=1, flags=SYN)), "2001:db8::9")
    assert (layer(four)[ICMP].type, layer(four)[ICMP].code) == (3, 13)
    assert (layer(six)[ICMPv6DestUnreach].type, layer(six)[ICMPv6DestUnreach].code) == (1, 1)
    assert with_fresh_checksums(four) == four
    assert with_fresh_checksums(six) == six


def test_any_bytes_are_read_without_complaint():
    whole = packet.tcp(*(FOUR[0], 1, FOUR[1], 2), seq=1, flags=SYN)
    for end in range(len(whole)):
        read = packet.parse(whole[:end])
        assert read is None or read.sport == 0
    assert packet.parse(b"\x4f" + whole[1:]).sport == 0
    assert packet.checksum(b"\x01\x02\x03") == 0xFFFF - 0x0402

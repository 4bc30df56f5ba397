"""IPv4 headers that contradict themselves are described as far as they are true."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.ipv4 import HEADER
from netdiag.packets.packet import Layer, Oddity

RAW = 101


def changed(datagram: bytes, at: int, new: bytes) -> bytes:
    return datagram[:at] + new + datagram[at + len(new) :]


def test_the_header_has_20_bytes() -> None:
    assert HEADER.itemsize == 20


def test_a_length_of_0_means_the_whole_frame(decode: Any, segment: Any) -> None:
    (row,) = decode([changed(segment(b"x" * 3000), 2, b"\0\0")], RAW)
    assert (row["payload"], row["oddities"]) == (3000, Oddity.OFFLOAD)


def test_a_length_beyond_the_frame_is_believed_and_marked(decode: Any, segment: Any) -> None:
    (row,) = decode([changed(segment(b"x" * 10), 2, struct.pack(">H", 1000))], RAW)
    assert (row["payload"], row["captured"], row["oddities"]) == (960, 10, Oddity.BAD_LENGTH)


@pytest.mark.parametrize(("at", "new"), [(0, b"\x44"), (2, b"\x00\x13"), (0, b"\x4f\x00\x00\x20")])
def test_impossible_lengths_end_the_walk(decode: Any, segment: Any, at: int, new: bytes) -> None:
    (row,) = decode([changed(segment(), at, new)], RAW)
    assert (row["layers"], row["version"], row["oddities"]) == (Layer.IPV4, 0, Oddity.BAD_LENGTH)


def test_other_versions(decode: Any, segment: Any) -> None:
    ether = bytes(12) + b"\x08\x00"
    six = b"\x60\x00\x00\x00\x00\x08\x11\x40" + bytes(32) + b"\x00\x01\x00\x02\x00\x08\x00\x00"
    rows = decode([ether + changed(segment(), 0, b"\x55"), ether + six])
    assert (rows["oddities"] == Oddity.BAD_VERSION).all()
    assert rows["layers"].tolist() == [Layer.IPV4, Layer.IPV6 | Layer.UDP]
    assert rows["version"].tolist() == [0, 6]


def test_addresses_are_read_though_options_are_cut_off(decode: Any) -> None:
    (row,) = decode([(struct.pack(">BBHHHBBHII", 0x4F, 0, 100, 1, 0, 9, 6, 0, 1, 2) + bytes(30), 100)], RAW)
    assert (row["src_lo"], row["dst_lo"], row["proto"], row["ttl"]) == (0xFFFF00000001, 0xFFFF00000002, 6, 9)
    assert row["oddities"] == Oddity.SNAPLEN_CUT | Oddity.TRUNCATED


@pytest.mark.parametrize(
    ("options", "odd"),
    [
        (b"\x01\x01\x01\x00", False),
        (b"\x94\x04\x00\x00", False),
        (b"\x00\xff\xff\xff", False),
        (b"\x94\x05\x00\x00", True),
        (b"\x94\x01\x00\x00", True),
        (b"\x01\x01\x01\x94", True),
    ],
)
def test_options_must_fit(decode: Any, segment: Any, options: bytes, odd: bool) -> None:
    datagram = segment()
    datagram = b"\x46" + datagram[1:2] + struct.pack(">H", len(datagram) + 4) + datagram[4:20] + options + datagram[20:]
    (row,) = decode([datagram], RAW)
    assert row["sport"] == 1234
    assert row["oddities"] == (Oddity.BAD_OPTIONS if odd else 0)


def test_other_transports_are_named(decode: Any, segment: Any) -> None:
    (row,) = decode([changed(segment(), 9, b"\x84")], RAW)
    assert (row["proto"], row["sport"], row["oddities"]) == (132, 0, Oddity.UNKNOWN_TRANSPORT)

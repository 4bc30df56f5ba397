"""DNS on port 53 is known by its header."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.dns import HEADER
from netdiag.packets.packet import Layer

QUERY = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + b"\x01a\x00\x00\x01\x00\x01"


def udp(payload: bytes, port: int = 53) -> bytes:
    body = struct.pack(">HHHH", 5000, port, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


def test_the_header_has_12_bytes() -> None:
    assert HEADER.itemsize == 12


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        (QUERY, True),
        (QUERY[:12], True),
        (QUERY[:11], False),
        (struct.pack(">HHHHHH", 1, 0x8180, 0, 1, 0, 0), True),
        (struct.pack(">HHHHHH", 1, 0x7800, 1, 0, 0, 0), False),
        (struct.pack(">HHHHHH", 1, 0, 17, 0, 0, 0), False),
        (bytes(40), False),
    ],
)
def test_over_udp(decode: Any, payload: bytes, found: bool) -> None:
    assert bool(decode([udp(payload)], 101)[0]["layers"] & Layer.DNS) == found


def test_other_ports_are_not_dns(decode: Any) -> None:
    assert not decode([udp(QUERY, 5353)], 101)[0]["layers"] & Layer.DNS


def test_over_tcp_behind_its_length(decode: Any, segment: Any) -> None:
    segments = [bytearray(segment(payload)) for payload in (len(QUERY).to_bytes(2, "big") + QUERY, QUERY, b"\x00\x05" + QUERY, b"\x00\x20")]
    for one in segments:
        one[22:24] = b"\x00\x35"
    rows = decode([bytes(one) for one in segments], 101)
    assert (rows["layers"] & Layer.DNS).tolist() == [Layer.DNS, 0, 0, 0]

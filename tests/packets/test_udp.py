"""UDP lengths, and tunnels that only look like it."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.packet import Layer, Oddity, Tunnel
from netdiag.packets.udp import HEADER

RAW = 101


def udp(payload: bytes, dport: int = 9, sport: int = 5000, length: int | None = None) -> bytes:
    body = struct.pack(">HHHH", sport, dport, 8 + len(payload) if length is None else length, 0) + payload
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


def test_the_header_has_8_bytes() -> None:
    assert HEADER.itemsize == 8


@pytest.mark.parametrize(
    ("length", "payload", "odd"), [(0, 10, 0), (18, 10, 0), (12, 4, 0), (7, 10, Oddity.BAD_LENGTH), (19, 10, Oddity.BAD_LENGTH)]
)
def test_its_length_counts_where_it_can_be_true(decode: Any, length: int, payload: int, odd: int) -> None:
    (row,) = decode([udp(b"x" * 10, length=length)], RAW)
    assert (row["payload"], row["captured"], row["oddities"]) == (payload, payload, odd)


@pytest.mark.parametrize(
    ("size", "layers", "port"), [(27, Layer.IPV4 | Layer.UDP, 5000), (24, Layer.IPV4 | Layer.UDP, 5000), (23, Layer.IPV4, 0)]
)
def test_cut_headers_give_what_they_have(decode: Any, size: int, layers: int, port: int) -> None:
    datagram = udp(b"x" * 10)
    (row,) = decode([(datagram[:size], len(datagram))], RAW)
    assert (row["layers"], row["sport"], row["payload"]) == (layers, port, 0)
    assert row["oddities"] == Oddity.SNAPLEN_CUT | Oddity.TRUNCATED


@pytest.mark.parametrize("port", [2152, 3544, 4789, 5247, 6081, 6635, 8472])
def test_a_tunnels_port_proves_nothing(decode: Any, port: int) -> None:
    (row,) = decode([udp(b"\xc7" * 60, port)], RAW)
    assert (row["sport"], row["dport"], row["payload"], row["tunnel"], row["depth"]) == (5000, port, 60, Tunnel.NONE, 0)


@pytest.mark.parametrize("port", [4789, 6081])
def test_some_ports_count_as_destination_only(decode: Any, segment: Any, port: int) -> None:
    frame = bytes(12) + b"\x08\x00" + segment()
    header = b"\x08\x00\x00\x00\x00\x00\x01\x00" if port == 4789 else b"\x00\x00\x65\x58\x00\x00\x01\x00"
    rows = decode([udp(header + frame, port), udp(header + frame, 9, port)], RAW)
    assert rows["depth"].tolist() == [1, 0]

"""WireGuard messages by type and length."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.packet import Layer


def udp(payload: bytes, port: int) -> bytes:
    body = struct.pack(">HHHH", 5000, port, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


@pytest.mark.parametrize(
    ("kind", "length", "anywhere", "on_its_port"),
    [
        *[(1, 148, True, True), (1, 147, False, False), (2, 92, True, True), (2, 148, False, False)],
        *[(3, 64, True, True), (3, 65, False, False), (4, 32, True, True), (4, 1440, True, True)],
        *[(4, 33, False, True), (4, 31, False, False), (5, 148, False, False)],
    ],
)
def test_shapes(decode: Any, kind: int, length: int, anywhere: bool, on_its_port: bool) -> None:
    message = bytes([kind]) + bytes(length - 1)
    rows = decode([udp(message, 41641), udp(message, 51820)], 101)
    assert [bool(layers & Layer.WIREGUARD) for layers in rows["layers"]] == [anywhere, on_its_port]


def test_reserved_bytes_are_zero(decode: Any) -> None:
    assert not decode([udp(b"\x01\x00\x01\x00" + bytes(144), 51820)], 101)[0]["layers"] & Layer.WIREGUARD


def test_its_true_length_counts_where_the_packet_is_cut(decode: Any) -> None:
    whole = udp(b"\x01" + bytes(147), 51820)
    assert decode([(whole[:32], len(whole))], 101)[0]["layers"] & Layer.WIREGUARD

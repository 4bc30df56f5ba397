"""VXLAN's network id joins the connection's identity."""

from __future__ import annotations

import struct
from typing import Any

from netdiag.packets.packet import Tunnel
from netdiag.packets.vxlan import HEADER

RAW = 101


def vxlan(vni: int, inner: bytes, flags: int = 8) -> bytes:
    body = struct.pack(">HHHHBxxxI", 5000, 4789, 16 + len(inner), 0, flags, vni << 8) + inner
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


def test_the_header_has_8_bytes() -> None:
    assert HEADER.itemsize == 8


def test_the_same_connection_in_two_networks_is_two(decode: Any, segment: Any) -> None:
    frame = bytes(12) + b"\x08\x00" + segment()
    rows = decode([vxlan(1, frame), vxlan(2, frame), vxlan(1, frame)], RAW)
    assert rows["tunnel_id"].tolist() == [1, 2, 1]
    assert rows["scope"][0] == rows["scope"][2] != rows["scope"][1]


def test_a_tunnel_that_carries_no_ip_leaves_the_outer_packet(decode: Any) -> None:
    rows = decode([vxlan(1, bytes(12) + b"\x08\x06" + bytes(28)), vxlan(1, b""), vxlan(1, bytes(60), 0)], RAW)
    assert (rows["dport"] == 4789).all()
    assert (rows["tunnel"] == Tunnel.NONE).all()
    assert (rows["scope"] == 0).all()
    assert rows["payload"].tolist() == [50, 8, 68]

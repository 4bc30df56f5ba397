"""QUIC long headers of known versions."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.packet import Layer
from netdiag.packets.quic import HEADER


def udp(payload: bytes) -> bytes:
    body = struct.pack(">HHHH", 5000, 443, 8 + len(payload), 0) + payload
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


def test_the_common_part_has_6_bytes() -> None:
    assert HEADER.itemsize == 6


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (b"\xc0\x00\x00\x00\x01\x08", True),
        (b"\xd3\x6b\x33\x43\xcf\x08", True),
        (b"\xc0\xff\x00\x00\x1d\x08", True),
        (b"\xc0\x1a\x2a\x3a\x4a\x08", True),
        (b"\xc0Q050\x08", True),
        (b"\x80\x00\x00\x00\x00\x08", True),
        (b"\x80\x00\x00\x00\x01\x08", False),
        (b"\x40\x00\x00\x00\x01\x08", False),
        (b"\xc0\x00\x00\x00\x07\x08", False),
        (b"\xc0\x00\x00\x00\x01\x15", False),
        (b"\x80\x00\x00\x00\x00\x00", False),
    ],
)
def test_versions(decode: Any, start: bytes, found: bool) -> None:
    assert bool(decode([udp(start + bytes(40))], 101)[0]["layers"] & Layer.QUIC) == found


def test_cut_headers(decode: Any) -> None:
    assert not decode([udp(b"\xc0\x00\x00\x00\x01")], 101)[0]["layers"] & Layer.QUIC

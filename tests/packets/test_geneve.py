"""Geneve options are skipped by their length."""

from __future__ import annotations

import struct
from typing import Any

from netdiag.packets.geneve import HEADER
from netdiag.packets.packet import Oddity, Tunnel


def geneve(first: int, rest: bytes, protocol: int = 0x0800) -> bytes:
    body = struct.pack(">HHHHBBHI", 5000, 6081, 16 + len(rest), 0, first, 0, protocol, 3 << 8) + rest
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


def test_the_header_has_8_bytes() -> None:
    assert HEADER.itemsize == 8


def test_options_versions_and_unknown_contents(decode: Any, segment: Any) -> None:
    whole = segment()
    rows = decode([geneve(0x3F, bytes(252) + whole), geneve(0x40, whole), geneve(0x3F, whole), geneve(0, whole, 0x1234)], 101)
    assert rows["sport"].tolist() == [1234, 5000, 5000, 5000]
    assert rows["tunnel"].tolist() == [Tunnel.GENEVE, 0, 0, 0]
    assert rows["oddities"].tolist() == [0, 0, Oddity.TRUNCATED, Oddity.UNKNOWN_ETHERTYPE]

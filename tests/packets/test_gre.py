"""GRE that cannot be followed is marked."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.gre import HEADER
from netdiag.packets.packet import Oddity, Tunnel

RAW = 101


def over_ip(gre: bytes) -> bytes:
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(gre), 1, 0, 64, 47, 0, 1, 2) + gre


def test_the_header_has_4_bytes() -> None:
    assert HEADER.itemsize == 4


@pytest.mark.parametrize("start", [b"\x40\x00\x08\x00", b"\x00\x02\x08\x00", b"\x20\x01\x08\x00\0\0\0\0", b"\x00\x00\x00\x00"])
def test_source_routes_and_other_versions_are_not_followed(decode: Any, segment: Any, start: bytes) -> None:
    (row,) = decode([over_ip(start + segment())], RAW)
    assert (row["oddities"], row["tunnel"], row["depth"]) == (Oddity.UNKNOWN_ETHERTYPE, Tunnel.NONE, 0)
    assert (row["proto"], row["src_lo"]) == (47, 0xFFFF00000001)


@pytest.mark.parametrize(
    "gre", [b"", b"\x00\x00\x08", b"\xb0\x00\x08\x00" + bytes(11), b"\x00\x00\x08\x00", b"\x10\x00\x22\xeb" + bytes(15)]
)
def test_cut_headers(decode: Any, gre: bytes) -> None:
    (row,) = decode([over_ip(gre)], RAW)
    assert (row["oddities"], row["tunnel"]) == (Oddity.TRUNCATED, Tunnel.NONE)


def test_the_key_is_no_part_of_the_scope(decode: Any, segment: Any) -> None:
    rows = decode([over_ip(b"\x20\x00\x08\x00" + key + segment()) for key in (b"\0\0\0\1", b"\0\0\0\2")], RAW)
    assert rows["tunnel_id"].tolist() == [1, 2]
    assert rows["scope"].tolist() == [0, 0]

"""GTP-U messages and extension headers."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.gtpu import HEADER
from netdiag.packets.packet import Oddity


def gtp(flags: int, kind: int, rest: bytes) -> bytes:
    body = struct.pack(">HHHHBBHI", 2152, 2152, 16 + len(rest), 0, flags, kind, len(rest), 0xDEADBEEF) + rest
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


def test_the_header_has_8_bytes() -> None:
    assert HEADER.itemsize == 8


@pytest.mark.parametrize("extensions", [b"", b"\x01\xaa\xbb\x00", b"\x01\xaa\xbb\x85\x02" + bytes(6) + b"\x00"])
def test_extension_headers_are_skipped(decode: Any, segment: Any, extensions: bytes) -> None:
    optional = b"\x00\x00\x00" + (b"\xc0" if extensions else b"\x00")
    (row,) = decode([gtp(0x34, 255, optional + extensions + segment())], 101)
    assert (row["sport"], row["tunnel_id"], row["scope"], row["oddities"]) == (1234, 0xDEADBEEF, 0, 0)


@pytest.mark.parametrize(("flags", "kind"), [(0x30, 1), (0x20, 255), (0x50, 255), (0x48, 32)])
def test_other_messages_are_just_udp(decode: Any, segment: Any, flags: int, kind: int) -> None:
    (row,) = decode([gtp(flags, kind, segment())], 101)
    assert (row["sport"], row["depth"], row["oddities"]) == (2152, 0, 0)


@pytest.mark.parametrize(
    ("rest", "odd"),
    [
        (b"\0\0\0\xc0\x00\0\0\0", Oddity.BAD_LENGTH),
        (b"\0\0\0\xc0\x09\0\0\0", Oddity.TRUNCATED),
        (b"\0\0\0\xc0\x01", Oddity.TRUNCATED),
        (b"\0\0", Oddity.TRUNCATED),
        (b"\0\0\0\0\x90", Oddity.BAD_VERSION),
    ],
)
def test_damaged_headers_leave_the_outer_packet(decode: Any, rest: bytes, odd: int) -> None:
    (row,) = decode([gtp(0x34, 255, rest)], 101)
    assert (row["sport"], row["depth"], row["oddities"]) == (2152, 0, odd)

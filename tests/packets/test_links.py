"""Link types that are not decoded are marked; wrappers are followed within bounds."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.links import FIRST_HEADERS
from netdiag.packets.packet import Oddity


@pytest.mark.parametrize("link", [-1, 147, 189, 253, 511, 512, 2**31 - 1])
def test_unknown_links(decode: Any, segment: Any, link: int) -> None:
    assert link not in FIRST_HEADERS
    assert decode([segment()], link)[0]["oddities"] == Oddity.UNKNOWN_LINK


@pytest.mark.parametrize("link", [10, 129, 192, 226, 239, 242, 258])
def test_cut_headers(decode: Any, link: int) -> None:
    assert (decode([bytes(n) for n in range(4)], link)["oddities"] == Oddity.TRUNCATED).all()


@pytest.mark.parametrize("inside", [1, 9, 101, 113, 192, 228])
def test_wrapped_links(decode: Any, segment: Any, inside: int) -> None:
    start = {
        1: bytes(12) + b"\x08\x00",
        9: b"\x00\x21",
        101: b"",
        113: bytes(14) + b"\x08\x00",
        192: struct.pack("<BBHI", 0, 0, 8, 101),
        228: b"",
    }
    frame = struct.pack("<BBHI", 0, 0, 12, inside) + bytes(4) + start[inside] + segment()
    assert decode([frame], 192)[0]["sport"] == 1234


def test_wrappers_in_wrappers_are_bounded(decode: Any) -> None:
    rows = decode([struct.pack("<BBHI", 0, 0, 8, 192) * 100, struct.pack("<BBHI", 0, 0, 7, 1) + bytes(20)], 192)
    assert rows["oddities"].tolist() == [Oddity.TOO_DEEP, Oddity.BAD_LENGTH]


def test_nflog_attributes(decode: Any, segment: Any) -> None:
    datagram = segment()
    payload = struct.pack("<HH", 4 + len(datagram), 9) + datagram
    frames = [
        bytes(4) + struct.pack("<HHI", 5, 1, 7) + payload,
        bytes(4) + struct.pack("<HH", 3, 1) + payload,
        bytes(4) + struct.pack("<HHI", 8, 1, 7),
    ]
    rows = decode(frames, 239)
    assert rows["sport"].tolist() == [1234, 0, 0]
    assert rows["oddities"].tolist() == [0, Oddity.BAD_LENGTH, Oddity.TRUNCATED]


def test_arcnet_carries_other_protocols(decode: Any, segment: Any) -> None:
    rows = decode([bytes(4) + bytes([kind]) + bytes(3) + segment() for kind in (0xD4, 0xD5)], 129)
    assert rows["sport"].tolist() == [1234, 0]

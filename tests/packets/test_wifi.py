"""802.11 frames: clear data is followed, the rest is left."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.packet import Layer, Oddity

SNAP = b"\xaa\xaa\x03\x00\x00\x00\x08\x00"


@pytest.mark.parametrize(
    ("control", "extra"),
    [(b"\x08\x01", 0), (b"\x08\x03", 6), (b"\x88\x02", 2), (b"\x88\x03", 8), (b"\x88\x82", 6), (b"\x88\x83", 12)],
)
def test_header_lengths(decode: Any, segment: Any, control: bytes, extra: int) -> None:
    (row,) = decode([control + bytes(22 + extra) + SNAP + segment()], 105)
    assert (row["sport"], row["oddities"]) == (1234, 0)


@pytest.mark.parametrize("control", [b"\x80\x00", b"\x48\x00", b"\x08\x40", b"\xb4\x00"])
def test_frames_without_clear_data_are_left(decode: Any, segment: Any, control: bytes) -> None:
    (row,) = decode([control + bytes(22) + SNAP + segment()], 105)
    assert (row["sport"], row["oddities"]) == (0, Oddity.UNKNOWN_ETHERTYPE)


@pytest.mark.parametrize(
    ("frame", "odd"),
    [(bytes(7), Oddity.TRUNCATED), (b"\0\0\x07\0" + bytes(60), Oddity.BAD_LENGTH), (b"\0\0\xff\xff" + bytes(60), Oddity.TRUNCATED)],
)
def test_radiotap_lengths(decode: Any, frame: bytes, odd: int) -> None:
    assert decode([frame], 127)[0]["oddities"] == odd


def capwap(first: int, frame: bytes) -> bytes:
    body = struct.pack(">HHHHII", 5000, 5247, 16 + len(frame), 0, first, 0) + frame
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body


def test_capwap_data(decode: Any, segment: Any) -> None:
    native, frame = 2 << 19 | 1 << 8, b"\x01\x08" + bytes(22) + SNAP + segment()
    fragment, ether, encrypted, short = native | 1 << 7, 2 << 19, 1 << 24 | native, 1 << 19 | 1 << 8
    rows = decode([capwap(first, frame) for first in (native, fragment, ether, encrypted, short)], 101)
    assert rows["depth"].tolist() == [1, 0, 0, 0, 0]
    assert rows["layers"].tolist() == [Layer.IPV4 | Layer.UDP | Layer.TCP] + [Layer.IPV4 | Layer.UDP] * 4

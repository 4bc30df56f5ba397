"""TCP headers, whole, cut and contradictory; options in every layout."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.packet import ACK, RST, SYN, Layer, Oddity, Option
from netdiag.packets.tcp import HEADER, LARGEST_ORDINARY

RAW = 101
TIMES = b"\x08\x0a\x00\x00\x00\x07\x00\x00\x00\x09"


def test_the_header_has_20_bytes() -> None:
    assert HEADER.itemsize == 20


@pytest.mark.parametrize(
    "options", [b"\x01\x01" + TIMES, TIMES + b"\x01\x01", b"\x01" + TIMES + b"\x00", b"\x01\x01" + TIMES + b"\x01" * 4]
)
def test_timestamps_wherever_they_stand(decode: Any, segment: Any, options: bytes) -> None:
    (row,) = decode([segment(options=options)], RAW)
    assert (row["tsval"], row["tsecr"], row["options"], row["payload"], row["oddities"]) == (7, 9, Option.TIMESTAMPS, 5, 0)


@pytest.mark.parametrize(
    "options", [b"\x02\x00\x05\xb4", b"\x02\x01\x05\xb4", b"\x02\x05\x05\xb4", b"\x01\x01\x01\x02", b"\x08\x0a\x00\x00"]
)
def test_options_that_do_not_fit_are_marked(decode: Any, segment: Any, options: bytes) -> None:
    (row,) = decode([segment(options=options)], RAW)
    assert (row["options"], row["oddities"], row["payload"]) == (0, Oddity.BAD_OPTIONS, 5)


@pytest.mark.parametrize(
    "options", [b"\x02\x03\x05\x00", b"\x03\x04\x05\x00", b"\x05\x02\x01\x01", b"\x04\x03\x00\x00", b"\x1e\x02\x01\x01"]
)
def test_known_options_of_another_length_are_not_believed(decode: Any, segment: Any, options: bytes) -> None:
    (row,) = decode([segment(options=options)], RAW)
    assert (row["options"], row["oddities"]) == (0, 0)


def test_nothing_is_read_behind_the_end_of_options(decode: Any, segment: Any) -> None:
    assert decode([segment(options=b"\x00\x02\x04\x05\xb4\x00\x00\x00")], RAW)[0]["options"] == 0


@pytest.mark.parametrize(
    ("kind", "magic", "bit"), [(34, b"\x11\x22", Option.FAST_OPEN), (254, b"\xf9\x89", Option.FAST_OPEN), (254, b"\xf9\x88", 0)]
)
def test_fast_open_in_both_numbers(decode: Any, segment: Any, kind: int, magic: bytes, bit: int) -> None:
    assert decode([segment(options=bytes([kind, 4]) + magic)], RAW)[0]["options"] == bit


def test_options_that_were_not_captured_are_not_bad(decode: Any, segment: Any) -> None:
    whole = segment(options=b"\x02\x04\x05\xb4" + b"\x01\x01" + TIMES)
    cut = [(whole[:size], len(whole)) for size in range(40, len(whole))]
    rows = decode(cut, RAW)
    assert not (rows["oddities"] & Oddity.BAD_OPTIONS).any()
    assert (rows["payload"] == 5).all()
    assert ((rows["oddities"] & Oddity.TRUNCATED) > 0).tolist() == [size < 56 for size in range(40, len(whole))]
    assert (rows["mss"] > 0).tolist() == [size >= 44 for size in range(40, len(whole))]


@pytest.mark.parametrize(("size", "layers"), [(23, Layer.IPV4), (24, Layer.IPV4 | Layer.TCP), (34, Layer.IPV4 | Layer.TCP | Layer.SYN)])
def test_cut_headers_give_what_they_have(decode: Any, segment: Any, size: int, layers: int) -> None:
    whole = segment(flags=SYN)
    (row,) = decode([(whole[:size], len(whole))], RAW)
    assert (row["layers"], row["oddities"]) == (layers, Oddity.SNAPLEN_CUT | Oddity.TRUNCATED)
    assert row["sport"] == (1234 if size >= 24 else 0)
    assert row["seq"] == (1000 if size >= 28 else 0)
    assert row["flags"] == (SYN if size >= 34 else 0)


def test_a_header_length_below_20_is_marked_and_its_flags_are_not_counted(decode: Any, segment: Any) -> None:
    whole = bytearray(segment(flags=RST))
    whole[32] = 0x40
    (row,) = decode([bytes(whole)], RAW)
    assert (row["layers"], row["oddities"], row["sport"]) == (Layer.IPV4 | Layer.TCP, Oddity.BAD_LENGTH, 1234)


def test_a_header_beyond_the_datagram_is_marked(decode: Any, segment: Any) -> None:
    whole = bytearray(segment(b"", options=b"\x01" * 8))
    whole[2:4] = struct.pack(">H", 44)
    (row,) = decode([bytes(whole)], RAW)
    assert (row["payload"], row["captured"]) == (0, 0)
    assert row["oddities"] & Oddity.BAD_LENGTH


@pytest.mark.parametrize(
    ("flags", "layers"), [(SYN, Layer.SYN), (SYN | ACK, Layer.SYN_ACK), (RST | ACK, Layer.RST), (0x111, Layer.FIN), (0x1D0, 0)]
)
def test_flags_are_counted(decode: Any, segment: Any, flags: int, layers: int) -> None:
    (row,) = decode([segment(flags=flags)], RAW)
    assert (row["flags"], row["layers"]) == (flags, layers | Layer.IPV4 | Layer.TCP)


def test_segments_above_the_ordinary_mtu_are_offload(decode: Any, segment: Any) -> None:
    rows = decode([segment(b"x" * (LARGEST_ORDINARY - 40 + more)) for more in (0, 1)], RAW)
    assert rows["oddities"].tolist() == [0, Oddity.OFFLOAD]

"""IPv6 and its chain of extension headers."""

from __future__ import annotations

import struct
from typing import Any

from netdiag.packets.ipv6 import FRAGMENT_HEADER, HEADER
from netdiag.packets.packet import Layer, Oddity

RAW = 229
UDP = struct.pack(">HHHH", 5, 6, 12, 0) + b"data"


def ipv6(following: int, rest: bytes, length: int | None = None, first: int = 0x60) -> bytes:
    return struct.pack(">BBHHBB", first, 0, 0, len(rest) if length is None else length, following, 61) + bytes(range(32)) + rest


def test_sizes_are_those_of_rfc_8200() -> None:
    assert (HEADER.itemsize, FRAGMENT_HEADER.itemsize) == (40, 8)


def test_addresses_are_in_network_order(decode: Any) -> None:
    (row,) = decode([ipv6(17, UDP)], RAW)
    assert (row["src_hi"], row["src_lo"]) == (0x0001020304050607, 0x08090A0B0C0D0E0F)
    assert (row["dst_hi"], row["dst_lo"]) == (0x1011121314151617, 0x18191A1B1C1D1E1F)
    assert (row["ttl"], row["payload"]) == (61, 4)


def test_a_chain_of_extension_headers(decode: Any) -> None:
    chain = bytes([60, 0]) + bytes(6) + bytes([43, 1]) + bytes(14) + bytes([51, 0]) + bytes(6) + bytes([17, 4]) + bytes(22) + UDP
    (row,) = decode([ipv6(0, chain)], RAW)
    assert (row["proto"], row["sport"], row["payload"], row["oddities"]) == (17, 5, 4, 0)


def test_a_chain_that_runs_out(decode: Any) -> None:
    rows = decode([ipv6(0, bytes([17, 9]) + bytes(6)), ipv6(60, bytes(7)), ipv6(0, bytes(8) * 3)], RAW)
    assert (rows["oddities"] == Oddity.TRUNCATED).all()
    assert (rows["layers"] == Layer.IPV6).all()


def test_jumbograms(decode: Any) -> None:
    body = bytes([17, 0, 0xC2, 4]) + struct.pack(">I", 8 + 70_008) + struct.pack(">HHHH", 5, 6, 0, 0) + bytes(70_000)
    (row,) = decode([ipv6(0, body, 0)], RAW)
    assert (row["payload"], row["captured"], row["oddities"]) == (70_000, 70_000, 0)


def test_a_length_of_0_without_jumbo_option_means_the_whole_frame(decode: Any) -> None:
    rows = decode([ipv6(17, UDP, 0), ipv6(59, b"", 0), ipv6(0, bytes([17, 0, 1, 4, 0, 0, 0, 0]) + UDP, 0)], RAW)
    assert rows["payload"].tolist() == [4, 0, 4]
    assert rows["proto"].tolist() == [17, 59, 17]
    assert (rows["oddities"] == 0).all()


def test_jumbo_options_that_are_cut(decode: Any) -> None:
    rows = decode([ipv6(0, bytes([17, 0, 0xC2, 4, 0]), 0), ipv6(0, bytes([17, 3, 5, 200]) + bytes(28) + UDP, 0)], RAW)
    assert rows["oddities"].tolist() == [Oddity.TRUNCATED, 0]


def test_nothing_follows(decode: Any) -> None:
    (row,) = decode([ipv6(59, b"padding")], RAW)
    assert (row["proto"], row["oddities"]) == (59, 0)


def test_other_versions_and_cut_headers(decode: Any) -> None:
    rows = decode([ipv6(17, UDP, first=0x40), ipv6(17, UDP)[:39]], RAW)
    assert rows["oddities"].tolist() == [Oddity.BAD_VERSION, Oddity.TRUNCATED]
    assert rows["layers"].tolist() == [0, 0]

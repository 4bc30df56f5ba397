"""PPP in all its framings; what is not IP is left."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.packet import Oddity
from netdiag.packets.ppp import HDLC_HEADER, PPPOE_HEADER


def test_sizes_are_those_of_the_standards() -> None:
    assert (PPPOE_HEADER.itemsize, HDLC_HEADER.itemsize) == (6, 4)


@pytest.mark.parametrize("frame", [b"\xff\x03\xc0\x21" + bytes(8), b"\xff\x03\x80\x21" + bytes(8), b"\xc0\x23" + bytes(8)])
def test_control_protocols_are_not_ip(decode: Any, frame: bytes) -> None:
    assert decode([frame], 9)[0]["oddities"] == Oddity.UNKNOWN_ETHERTYPE


@pytest.mark.parametrize("frame", [b"", b"\xff", b"\xff\x03", b"\xff\x03\x00"])
def test_cut_headers(decode: Any, frame: bytes) -> None:
    assert decode([frame], 9)[0]["oddities"] == Oddity.TRUNCATED


def test_mpls_in_ppp(decode: Any, segment: Any) -> None:
    assert decode([b"\xff\x03\x02\x81\x00\x01\x11\x40" + segment()], 9)[0]["sport"] == 1234


def pppoe(code: int, length: int, rest: bytes) -> bytes:
    return bytes(12) + b"\x88\x64" + struct.pack(">BBHH", 0x11, code, 1, length) + rest


def test_pppoe_length_hides_padding_and_must_hold_the_protocol(decode: Any, segment: Any) -> None:
    datagram = segment(b"")
    open_end = b"\x00\x21" + datagram[:2] + b"\x00\x00" + datagram[4:]
    rows = decode([pppoe(0, len(open_end), open_end + bytes(30)), pppoe(0, 1, open_end), pppoe(9, len(open_end), open_end)])
    assert rows["payload"].tolist() == [0, 0, 0]
    assert rows["sport"].tolist() == [1234, 0, 0]
    assert rows["oddities"].tolist() == [Oddity.OFFLOAD, Oddity.BAD_LENGTH, Oddity.UNKNOWN_ETHERTYPE]


def test_cisco_keepalives_are_not_ip(decode: Any) -> None:
    assert decode([b"\x8f\x00\x80\x35" + bytes(18)], 104)[0]["oddities"] == Oddity.UNKNOWN_ETHERTYPE
    assert decode([b"\x8f\x00\x00\x35" + bytes(18)], 104)[0]["oddities"] == Oddity.UNKNOWN_ETHERTYPE

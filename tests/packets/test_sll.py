"""Cooked headers whose protocol is no EtherType are left."""

from __future__ import annotations

import struct
from typing import Any

from netdiag.packets.packet import Oddity
from netdiag.packets.sll import HEADER, HEADER2


def test_sizes_are_those_of_tcpdump_org() -> None:
    assert (HEADER.itemsize, HEADER2.itemsize) == (16, 20)


def test_netlink_and_small_protocols_are_not_ip(decode: Any, segment: Any) -> None:
    cooked = [struct.pack(">HHH8sH", 0, device, 6, b"", protocol) + segment() for device, protocol in ((824, 0x800), (1, 1), (1, 0x800))]
    rows = decode(cooked, 113)
    assert rows["oddities"].tolist() == [Oddity.UNKNOWN_ETHERTYPE, Oddity.UNKNOWN_ETHERTYPE, 0]
    assert rows["sport"].tolist() == [0, 0, 1234]


def test_netlink_in_version_2(decode: Any, segment: Any) -> None:
    cooked = [struct.pack(">HHIHBB8s", 0x800, 0, 1, device, 0, 6, b"") + segment() for device in (824, 1)]
    assert decode(cooked, 276)["sport"].tolist() == [0, 1234]


def test_llc_behind_a_cooked_header(decode: Any, segment: Any) -> None:
    cooked = struct.pack(">HHH8sH", 0, 1, 6, b"", 4) + b"\xaa\xaa\x03\x00\x00\x00\x08\x00" + segment()
    assert decode([cooked], 113)[0]["sport"] == 1234


def test_cut_headers(decode: Any) -> None:
    assert decode([bytes(15)], 113)[0]["oddities"] == Oddity.TRUNCATED
    assert decode([bytes(19)], 276)[0]["oddities"] == Oddity.TRUNCATED

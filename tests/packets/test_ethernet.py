"""Ethernet, VLAN and LLC headers that lead nowhere are marked; padding never counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from netdiag.packets.ethernet import HEADER, SNAP, TAG
from netdiag.packets.packet import Oddity

MAC = bytes(12)
SNAP_IP = b"\xaa\xaa\x03\x00\x00\x00\x08\x00"


def test_sizes_are_those_of_the_standards() -> None:
    assert (HEADER.itemsize, TAG.itemsize, SNAP.itemsize) == (14, 4, 8)


@pytest.mark.parametrize("behind", [b"\x08\x06" + bytes(28), b"\x88\xcc" + bytes(9), b"\x00\x26\x42\x42\x03" + bytes(35)])
def test_what_is_not_ip_is_marked(decode: Any, behind: bytes) -> None:
    (row,) = decode([MAC + behind])
    assert (row["oddities"], row["version"], row["layers"]) == (Oddity.UNKNOWN_ETHERTYPE, 0, 0)


@pytest.mark.parametrize("frame", [b"", MAC, MAC + b"\x08", MAC + b"\x81\x00\x00", MAC + b"\x00\x08\xaa\xaa", MAC + b"\x08\x00"])
def test_headers_that_are_cut_off_are_marked(decode: Any, frame: bytes) -> None:
    assert decode([frame])[0]["oddities"] == Oddity.TRUNCATED


def test_the_802_3_length_hides_padding(decode: Any, segment: Callable[..., bytes]) -> None:
    datagram = segment(b"")
    datagram = datagram[:2] + b"\x00\x00" + datagram[4:]  # no length of its own: the frame's counts
    (row,) = decode([MAC + (8 + len(datagram)).to_bytes(2, "big") + SNAP_IP + datagram + bytes(20)])
    assert (row["sport"], row["payload"]) == (1234, 0)


def test_sap_6_is_ip(decode: Any, segment: Callable[..., bytes]) -> None:
    datagram = segment()
    (row,) = decode([MAC + (3 + len(datagram)).to_bytes(2, "big") + b"\x06\x06\x03" + datagram])
    assert (row["sport"], row["oddities"]) == (1234, 0)


def test_bridge_tunnel_and_unknown_organisations(decode: Any, segment: Callable[..., bytes]) -> None:
    frames = [MAC + b"\x00\xff\xaa\xaa\x03" + oui + b"\x08\x00" + segment() for oui in (b"\x00\x00\xf8", b"\x00\x00\x0c")]
    assert decode(frames)["sport"].tolist() == [1234, 0]


def test_an_802_3_frame_in_vlan_is_followed(decode: Any, segment: Callable[..., bytes]) -> None:
    datagram = segment()
    (row,) = decode([MAC + b"\x81\x00\x00\x07" + (8 + len(datagram)).to_bytes(2, "big") + SNAP_IP + datagram])
    assert (row["sport"], row["vlan"]) == (1234, 7)

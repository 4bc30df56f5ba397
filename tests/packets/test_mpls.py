"""What follows a label stack is guessed only where it can be told."""

from __future__ import annotations

from typing import Any

from netdiag.packets.packet import Oddity

ETHER = bytes(12) + b"\x88\x47"


def label(number: int, bottom: int = 1) -> bytes:
    return (number << 12 | bottom << 8 | 64).to_bytes(4, "big")


def test_maintenance_messages_are_no_ip(decode: Any, segment: Any) -> None:
    rows = decode([ETHER + label(14) + segment(), ETHER + label(15) + segment()])
    assert rows["sport"].tolist() == [0, 1234]
    assert rows["oddities"].tolist() == [Oddity.UNKNOWN_ETHERTYPE, 0]


def test_unknown_contents_are_marked(decode: Any) -> None:
    rows = decode([ETHER + label(20) + b"\x10\x00\x00\x07" + bytes(30), ETHER + label(20) + bytes(40)])
    assert (rows["oddities"] == Oddity.UNKNOWN_ETHERTYPE).all()


def test_an_endless_stack_ends_with_the_packet(decode: Any) -> None:
    rows = decode([ETHER + label(20, 0) * 300, ETHER + label(20)])
    assert (rows["oddities"] == Oddity.TRUNCATED).all()


def test_mpls_as_link_type(decode: Any, segment: Any) -> None:
    (row,) = decode([label(7, 0) + label(8) + segment()], 219)
    assert (row["sport"], row["tunnel_id"]) == (1234, 8)

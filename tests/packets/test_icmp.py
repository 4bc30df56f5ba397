"""ICMP messages, and errors down to what little they may quote."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from netdiag.packets.icmp import HEADER
from netdiag.packets.packet import Layer, Oddity, Tunnel

RAW = 101
ROUTER, HOST = 0xC0000209, 0x0A000001


def icmp(kind: int, rest: bytes, code: int = 3) -> bytes:
    body = struct.pack(">BBHI", kind, code, 0, 0) + rest
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 5, 0, 250, 1, 0, ROUTER, HOST) + body


def test_the_header_has_8_bytes() -> None:
    assert HEADER.itemsize == 8


def test_messages_that_quote_nothing(decode: Any, segment: Any) -> None:
    (row,) = decode([icmp(8, segment(), 0)], RAW)
    assert (row["icmp_type"], row["icmp_code"], row["proto"], row["quoted_proto"]) == (8, 0, 1, 0)
    assert (row["src_lo"] & 0xFFFFFFFF, row["from_lo"], row["layers"]) == (ROUTER, 0, Layer.IPV4 | Layer.ICMP)


@pytest.mark.parametrize("quoted", [8, 14, 20, 40])
def test_the_quote_gives_its_tuple(decode: Any, segment: Any, quoted: int) -> None:
    (row,) = decode([icmp(3, segment(flags=2)[: 20 + quoted])], RAW)
    assert (row["src_lo"] & 0xFFFFFFFF, row["dst_lo"] & 0xFFFFFFFF) == (0x0A000001, 0x0A000002)
    assert (row["from_lo"] & 0xFFFFFFFF, row["from_hi"]) == (ROUTER, 0)
    assert (row["sport"], row["dport"], row["seq"], row["quoted_proto"], row["proto"]) == (1234, 443, 1000, 6, 1)
    assert (row["flags"], row["payload"], row["ttl"], row["ip_id"], row["depth"]) == (0, 0, 250, 5, 0)
    assert bool(row["layers"] & Layer.SYN) == (quoted >= 14)
    assert row["oddities"] == 0


@pytest.mark.parametrize("quote", [b"", b"\x45" + bytes(18)])
def test_a_quote_that_cannot_be_read_leaves_the_error_itself(decode: Any, quote: bytes) -> None:
    (row,) = decode([icmp(3, quote)], RAW)
    assert (row["src_lo"], row["from_lo"], row["quoted_proto"]) == (0xFFFF << 32 | ROUTER, 0xFFFF << 32 | ROUTER, 0)
    assert row["oddities"] == 0


def test_the_packet_that_was_refused_counts_not_what_it_carried(decode: Any, segment: Any) -> None:
    inner = segment()
    carrier = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(inner), 1, 0, 64, 4, 0, 1, 2) + inner
    (row,) = decode([icmp(3, carrier)], RAW)
    assert (row["src_lo"] & 0xFFFFFFFF, row["dst_lo"] & 0xFFFFFFFF, row["quoted_proto"]) == (1, 2, 4)
    assert (row["sport"], row["seq"], row["depth"], row["tunnel"]) == (0, 0, 0, Tunnel.NONE)
    assert row["layers"] & Layer.TCP, "but it is there"


def test_errors_about_errors_end(decode: Any, segment: Any) -> None:
    nested = segment()
    for _ in range(60):
        nested = icmp(3, nested)
    (row,) = decode([nested], RAW)
    assert row["oddities"] == Oddity.TOO_DEEP
    assert row["quoted_proto"] == 1
    assert row["icmp_type"] == 3


def test_cut_messages(decode: Any) -> None:
    whole = icmp(3, bytes(40))
    assert decode([(whole[:21], len(whole))], RAW)[0]["oddities"] == Oddity.SNAPLEN_CUT | Oddity.TRUNCATED
    assert decode([(whole[:22], len(whole))], RAW)[0]["icmp_code"] == 3

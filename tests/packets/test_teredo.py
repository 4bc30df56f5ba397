"""Teredo indicators that are cut or lead nowhere leave the outer packet."""

from __future__ import annotations

import struct
from typing import Any

import pytest


@pytest.mark.parametrize(
    "payload", [b"", b"\x00", b"\x00\x01\xff\xff", b"\x00\x00\x01\x02", b"\x00\x01\x00\x00" + bytes(9), b"\x45" + bytes(40)]
)
def test_what_is_not_ipv6_is_just_udp(decode: Any, payload: bytes) -> None:
    body = struct.pack(">HHHH", 3544, 9, 8 + len(payload), 0) + payload
    (row,) = decode([struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, 1, 2) + body], 101)
    assert (row["sport"], row["depth"], row["oddities"], row["payload"]) == (3544, 0, 0, len(payload))

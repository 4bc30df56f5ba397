"""Address families are known in both byte orders."""

from __future__ import annotations

from typing import Any

import pytest

from netdiag.packets.packet import Oddity


@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("link", [0, 108])
def test_inet_in_both_orders(decode: Any, segment: Any, order: Any, link: int) -> None:
    assert decode([(2).to_bytes(4, order) + segment()], link)[0]["sport"] == 1234


@pytest.mark.parametrize("family", [10, 23, 24, 28, 30])
@pytest.mark.parametrize("order", ["big", "little"])
def test_every_systems_inet6(decode: Any, family: int, order: Any) -> None:
    datagram = b"\x60\x00\x00\x00\x00\x08\x11\x40" + bytes(32) + b"\x00\x01\x00\x02\x00\x08\x00\x00"
    (row,) = decode([family.to_bytes(4, order) + datagram], 0)
    assert (row["version"], row["dport"], row["oddities"]) == (6, 2, 0)


def test_other_families_are_marked(decode: Any) -> None:
    assert decode([b"\x00\x00\x00\x07" + bytes(40)], 0)[0]["oddities"] == Oddity.UNKNOWN_ETHERTYPE

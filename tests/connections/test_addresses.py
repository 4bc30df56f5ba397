"""Addresses as text."""

from ipaddress import IPv6Address

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netdiag.connections import addresses


@pytest.mark.parametrize(
    ("hi", "lo", "shown"),
    [(0, 0xFFFF << 32 | 0x0A090001, "10.9.0.1"), (0x20010DB8 << 32, 1, "2001:db8::1"), (0, 0, "::"), (0, 1, "::1")],
)
def test_text(hi, lo, shown):
    assert addresses.text((hi << 64 | lo).to_bytes(16)) == shown


@given(st.lists(st.sampled_from([0, 0, 0, 1, 0xABCD, 0xFFFF]) | st.integers(0, 0xFFFF), min_size=8, max_size=8))
def test_text_is_that_of_rfc_5952(fields: list[int]) -> None:
    number = int.from_bytes(b"".join(field.to_bytes(2) for field in fields))
    address = IPv6Address(number)
    shown = str(address.ipv4_mapped or address)
    assert addresses.text(number.to_bytes(16)) == shown


def test_categories_are_in_numerical_order():
    lo = np.array([0xFFFF << 32 | 10, 0xFFFF << 32 | 9, 0xFFFF << 32 | 10], np.uint64)
    found = addresses.numbered(np.zeros(3, np.uint64), lo, np.zeros(3, np.int32), zeros="")
    assert found.texts[found.codes].tolist() == ["0.0.0.10", "0.0.0.9", "0.0.0.10"]
    assert found.texts.tolist() == ["0.0.0.9", "0.0.0.10"]


@pytest.mark.parametrize("zeros", ["", "::"])
def test_all_zeros_are_an_address_or_none(zeros):
    found = addresses.numbered(np.zeros(3, np.uint64), np.array([1, 0, 0], np.uint64), np.zeros(3, np.int32), zeros=zeros)
    assert found.texts[found.codes].tolist() == ["::1", zeros, zeros]

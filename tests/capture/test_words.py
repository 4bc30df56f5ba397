"""Integers of either byte order, and times that never overflow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.capture.words import ask_ahead, nanoseconds, u16, u32
from netdiag.kernel import kernel


@kernel
def words(b, big):
    return u16(b, 1, big), u32(b, 1, big)


@kernel
def in_ns(seconds, fraction):
    return nanoseconds(seconds, fraction)


@kernel
def asked(b, size):
    ask_ahead(b, 0, size)
    return np.int64(b[0])


@settings(deadline=None)
@given(st.binary(min_size=5, max_size=5))
def test_words(data):
    b = np.frombuffer(data, np.uint8).copy()
    for order, big in (("little", False), ("big", True)):
        assert words(b, big) == (int.from_bytes(data[1:3], order), int.from_bytes(data[1:5], order))


@pytest.mark.parametrize(
    ("seconds", "fraction", "ns"),
    [
        (1, 2, 1_000_000_002),
        (-1, 2, -999_999_998),
        (9_223_372_035, 999_999_999, 9_223_372_035_999_999_999),
        (9_223_372_035, 1 << 33, (1 << 63) - 1),
        (9_223_372_036, 0, (1 << 63) - 1),
        (1 << 62, 0, (1 << 63) - 1),
        (-(1 << 62), 0, -(1 << 63) + 1),
    ],
)
def test_times_stop_at_the_ends_of_their_range(seconds, fraction, ns):
    assert in_ns(seconds, fraction) == ns


@pytest.mark.parametrize("size", [-1, 0, 1, 1 << 40])
def test_bytes_that_are_asked_for_need_not_be_there(size):
    assert asked(np.full(1, 7, np.uint8), size) == 7

"""Distinct pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netdiag.connections.pairs import ROOM, distinct

WORDS = st.integers(0, 3) | st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(WORDS, WORDS)))
def test_pairs_come_back(pairs):
    first, second = (np.array([pair[k] for pair in pairs], np.uint64) for k in (0, 1))
    codes = np.zeros(len(pairs), np.int32)
    found = distinct(first, second, codes)
    assert [tuple(found[code].tolist()) for code in codes] == pairs
    assert [tuple(row) for row in found.tolist()] == sorted(set(pairs))


def test_more_pairs_than_there_was_room_for():
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 200, (2, 60_000), np.uint64)
    codes = np.zeros(len(first), np.int32)
    found = distinct(first, second, codes)
    assert len(found) > 4 * ROOM
    keys, numbers = np.unique(first * np.uint64(200) + second, return_inverse=True)
    assert (found[:, 0] * np.uint64(200) + found[:, 1]).tolist() == keys.tolist()
    assert codes.tolist() == numbers.tolist()

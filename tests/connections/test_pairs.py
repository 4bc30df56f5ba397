"""Distinct pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netdiag.connections.pairs import distinct

WORDS = st.integers(0, 3) | st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(WORDS, WORDS)))
def test_pairs_come_back(pairs):
    first, second = (np.array([pair[k] for pair in pairs], np.uint64) for k in (0, 1))
    found, codes = distinct(first, second)
    assert [tuple(found[code].tolist()) for code in codes] == pairs
    assert [tuple(row) for row in found.tolist()] == sorted(set(pairs))

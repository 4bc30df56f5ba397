"""Totals are those of a plain count."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netdiag.findings.crowd import Crowd

ATTEMPTS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


@given(ATTEMPTS, st.integers(-1, 21), st.integers(-1, 21))
def test_counts(attempts: list[tuple[int, int, bool]], start: int, end: int) -> None:
    rows = sorted(attempts, key=lambda row: row[1])
    service = np.unique([row[0] for row in rows], return_inverse=True)[1].astype(np.int64)
    times, good = np.array([row[1] for row in rows], np.int64), np.array([row[2] for row in rows])
    crowd = Crowd(service, good, ~good)
    first, after = np.searchsorted(times, start), np.searchsorted(times, end, side="right")
    for wanted in ([0], list(range(int(service.max()) + 1))):
        inside = np.isin(service, wanted) & (times >= start) & (times <= end)
        expected = [int((good & inside).sum()), int((~good & inside).sum())] if start <= end else None
        assert expected is None or crowd.between(wanted, int(first), int(after)) == expected

"""Columns hold what the rows hold, for every size of field, wherever a row is."""

import numpy as np
import pytest

from netdiag.connections.connection import CONNECTION
from netdiag.connections.layout import BLOCK, columns
from netdiag.connections.settled import LIVE_WORDS, SIDES_WORDS, WORD
from netdiag.connections.state import FREE, ROWS, new_state
from netdiag.connections.tracker import Tracker

START = WORD * (LIVE_WORDS + SIDES_WORDS)
FIELDS = {name: (kind, START + at) for name, (kind, at, *_) in CONNECTION.fields.items()}


def filled(count, seed=0):
    """A tracker with so many connections, every byte of their rows of any value."""
    tracker = Tracker(1)
    state = tracker.state
    state.rows[:count] = np.random.default_rng(seed).integers(0, 256, count * CONNECTION.itemsize, np.uint8).view(CONNECTION)
    state.sides["slot"] = -1
    state.holders[:count] = state.links["at"][:count] = np.arange(count)
    state.meta[ROWS] = count
    state.meta[FREE] -= count
    return tracker


@pytest.mark.parametrize("settling", [False, True])
@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK + 1, 5000])
def test_columns_equal_the_fields(count, settling):
    tracker = filled(count, count)
    rows = tracker.state.rows[:count].copy()
    if settling:
        tracker.settle()
        assert (tracker.state.links["at"][:count] < 0).all()
    made = columns(tracker.state, FIELDS, {"empty": np.dtype(np.int16)})
    assert (made["empty"].dtype, made.pop("empty").tolist()) == (np.int16, [0] * count)
    assert list(made) == list(FIELDS)
    for name, column in made.items():
        assert column.dtype == CONNECTION[name]
        assert column.flags.c_contiguous
        assert np.array_equal(column, rows[name])


def test_a_lone_value_among_zeros_is_kept():
    state = new_state(1, 0)
    state.links["at"][: 4 * BLOCK], state.meta[ROWS] = np.arange(4 * BLOCK), 4 * BLOCK
    state.rows["alert_level"][2 * BLOCK + 3] = 7
    made = columns(state, FIELDS, {})
    assert np.flatnonzero(made["alert_level"]).tolist() == [2 * BLOCK + 3]
    assert not any(made[name].any() for name in made if name != "alert_level")

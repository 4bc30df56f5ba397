"""Growth keeps what is there."""

import numpy as np

from netdiag.connections.connection import SIDE
from netdiag.connections.spill import Spill
from netdiag.connections.state import FREE, ROOM, ROWS, SIDE_STATE, grow, more_places, new_state
from netdiag.memory import LINE


def test_grow_keeps_links():
    state = new_state(2, 5)
    state.links["at"][:3] = [7, 8, 9]
    state.meta[ROWS] = ROOM
    bigger = grow(state, Spill())
    assert len(bigger.links) == 2 * len(state.links)
    assert bigger.links["at"][:3].tolist() == [7, 8, 9]
    assert np.all(bigger.links["at"][3:] == 0)


def test_more_places_keep_rows_and_what_is_free():
    state = new_state(1, 0)
    taken = [int(state.free[int(state.meta[FREE]) - 1 - k]) for k in range(3)]
    state.rows["id"][taken], state.holders[taken] = [7, 8, 9], [0, 1, 2]
    state.meta[FREE] -= 3
    bigger = more_places(state)
    places = len(bigger.holders)
    assert places == 2 * len(state.holders) == len(bigger.rows) == len(bigger.sides) // 2 == len(bigger.live) == len(bigger.waits)
    assert bigger.rows["id"][taken].tolist() == [7, 8, 9]
    free = bigger.free[: int(bigger.meta[FREE])]
    assert sorted([*free, *taken]) == list(range(places))
    assert not bigger.rows["id"][free].any()
    assert (bigger.holders[free] == -1).all()


def test_tables_begin_at_a_line_of_the_cache():
    state = new_state(1, 0)
    assert all(table.ctypes.data % LINE == 0 for table in (state.rows, state.sides, state.live))
    assert SIDE_STATE.itemsize % LINE == 0


def test_nothing_grows_without_need():
    state = new_state(1, 0)
    assert all(ours is theirs for ours, theirs in zip(grow(state, Spill()), state, strict=True))


def test_side_facts_are_the_contract_s():
    kinds = {name.replace("_{}", ""): np.dtype(kind) for name, kind, _ in SIDE}
    assert {name: SIDE_STATE[name] for name in kinds} == kinds

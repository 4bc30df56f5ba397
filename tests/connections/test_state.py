"""Growth keeps what is there."""

import numpy as np

from netdiag.connections.connection import SIDE
from netdiag.connections.spill import Spill
from netdiag.connections.state import ROOM, ROWS, SIDE_STATE, grow, new_state


def test_grow_keeps_rows():
    state = new_state(2, 5)
    state.rows["id"][:3] = [7, 8, 9]
    state.meta[ROWS] = ROOM
    bigger = grow(state, Spill())
    assert len(bigger.rows) == 2 * len(state.rows)
    assert len(bigger.sides) == 2 * len(bigger.rows)
    assert bigger.rows["id"][:3].tolist() == [7, 8, 9]
    assert np.all(bigger.rows["id"][3:] == 0)


def test_nothing_grows_without_need():
    state = new_state(1, 0)
    assert all(ours is theirs for ours, theirs in zip(grow(state, Spill()), state, strict=True))


def test_side_facts_are_the_contract_s():
    kinds = {name.replace("_{}", ""): np.dtype(kind) for name, kind, _ in SIDE}
    assert {name: SIDE_STATE[name] for name in kinds} == kinds

"""Fetching ahead changes nothing but the time."""

import pandas as pd
import pytest

from netdiag.connections import state as states
from netdiag.packets.packet import SYN


@pytest.mark.parametrize("ahead", [1, 7, 1000])
def test_any_distance_gives_the_same_table(wire, monkeypatch, ahead):
    for k in range(500):
        wire.out(SYN, k, port=1024 + k % 300)
        wire.back(18, 9000 + k, k + 1, port=1024 + k % 300)
    table = wire.table()
    monkeypatch.setattr(states, "AHEAD", ahead)
    pd.testing.assert_frame_equal(wire.table(), table)
    assert len(table) == 500

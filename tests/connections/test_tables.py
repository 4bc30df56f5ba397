"""Tables are values."""

import dataclasses

import pytest

from netdiag.connections.columns import Columns
from netdiag.connections.tables import Tables


def test_tables_do_not_change(wire):
    tables = Tables(Columns.of(wire.table()), 1, 2)
    assert tables.quality == {}
    with pytest.raises(dataclasses.FrozenInstanceError):
        tables.first_ns = 3

"""Columns hold what the rows hold, for every size of field."""

import numpy as np
import pytest

from netdiag.connections.layout import BLOCK, columns

KIND = np.dtype([("a", "i8"), ("b", "u4"), ("c", "u2"), ("d", "u1"), ("e", "u1"), ("f", "i4"), ("g", "u8")], align=True)


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK + 1, 5000])
def test_columns_equal_the_fields(count):
    table = np.random.default_rng(count).integers(0, 256, count * KIND.itemsize, np.uint8).view(KIND)
    fields = {name: KIND.fields[name] for name in KIND.names}
    made = columns(table, fields)
    assert list(made) == list(fields)
    for name, column in made.items():
        assert column.dtype == KIND[name]
        assert column.flags.c_contiguous
        assert np.array_equal(column, table[name])


def test_a_lone_value_among_zeros_is_kept():
    table = np.zeros(4 * BLOCK, KIND)
    table["d"][2 * BLOCK + 3] = 7
    made = columns(table, {name: KIND.fields[name] for name in KIND.names})
    assert np.flatnonzero(made["d"]).tolist() == [2 * BLOCK + 3]
    assert not any(made[name].any() for name in made if name != "d")

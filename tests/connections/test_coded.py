"""Texts by codes that lie where they did."""

import numpy as np
import pandas as pd
import pytest

from netdiag.connections import blocks
from netdiag.connections.coded import coded
from netdiag.connections.columns import Columns


@pytest.mark.parametrize(("texts", "kind"), [(3, np.int8), (126, np.int8), (127, np.int16), (32766, np.int16), (32767, np.int32)])
def test_codes_are_narrowed_in_place_as_pandas_narrows_a_copy(texts, kind, monkeypatch):
    monkeypatch.setattr(blocks, "ROWS", 7)
    codes = np.random.default_rng(texts).integers(-1, texts, 1000, np.int32)
    names = [f"text {number}" for number in range(texts)]
    wanted = pd.Categorical.from_codes(codes.copy(), categories=pd.Index(names, dtype=object))
    made = coded(codes, names)
    pd.testing.assert_extension_array_equal(Columns({"text": made}).frame["text"].array, wanted)
    assert (made.codes.dtype, wanted.codes.dtype) == (kind, kind)
    assert np.shares_memory(made.codes, codes)


def test_no_rows():
    assert len(coded(np.zeros(0, np.int32), []).codes) == 0

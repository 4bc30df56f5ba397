"""Blocks cover every row once, and where they end changes nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netdiag.analyze import analyze
from netdiag.connections import blocks
from netdiag.connections.blocks import among, in_blocks, is_in, taken, unique, where
from netdiag.connections.columns import Coded, Columns


@given(st.integers(0, 20), st.integers(1, 8))
def test_blocks_cover_every_row_once(count: int, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "ROWS", size)
        assert [at for part in blocks.blocks(count) for at in range(count)[part]] == list(range(count))


@given(st.lists(st.booleans(), max_size=20), st.integers(1, 8))
def test_positions_of_flags_and_what_lies_there(flags: list[bool], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "ROWS", size)
        at = where(np.array(flags, bool))
        assert (at.tolist(), at.dtype) == ([k for k, flag in enumerate(flags) if flag], np.int32)
        assert taken(np.arange(20, 40, dtype=np.uint16), at).tolist() == [20 + k for k in at]


def test_blocks_of_more_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", 2)
    assert [(part.start, part.stop) for part in blocks.blocks(7, 3)] == [(0, 3), (3, 6), (6, 7)]


def test_columns_of_all_rows_or_of_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", 2)
    codes = np.array([0, 1, 0, 1, 1], np.int8)
    table = Columns({"a": np.arange(5, 10), "b": Coded(codes, np.array(["x", "y"], object))})
    assert [(part.start, column["a"].tolist()) for part, column in in_blocks(table, ["a"])] == [(0, [5, 6]), (2, [7, 8]), (4, [9])]
    some = in_blocks(table, ["a", "b"], np.array([4, 0, 2]))
    assert [(part.start, column["a"].tolist(), column["b"].tolist()) for part, column in some] == [(0, [9, 5], [1, 0]), (2, [7], [0])]


@given(st.lists(st.integers(0, 9), max_size=9), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_among_is_isin(given: list[int], kinds: list[int]) -> None:
    numbers = np.array(given, np.int8)
    assert among(numbers, kinds).tolist() == np.isin(numbers, kinds).tolist()


@given(st.lists(st.integers(-3, 3)))
def test_unique_is_the_distinct_values_in_order(given: list[int]) -> None:
    assert unique(np.array(given, np.int64)).tolist() == sorted(set(given))


@given(st.lists(st.integers(-(1 << 40), 1 << 40) | st.integers(-3, 3)), st.lists(st.integers(-3, 3) | st.just(1 << 40)))
def test_is_in_is_isin(given: list[int], others: list[int]) -> None:
    values, kinds = np.array(given, np.int64), np.array(others, np.int64)
    assert is_in(values, kinds).tolist() == np.isin(values, kinds).tolist()


@pytest.mark.parametrize("folder", ["nat500_timewait_collision", "lab_flood_prefix", "lab_mtu_black_hole", "lab_syn_cookies"])
def test_the_answer_does_not_depend_on_blocks(captures: Path, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = next((captures / folder).glob("capture.*"))
    whole = analyze(path)
    monkeypatch.setattr(blocks, "ROWS", 13)
    parts = analyze(path)
    assert parts.document() == whole.document()
    pd.testing.assert_frame_equal(parts.connections, whole.connections)

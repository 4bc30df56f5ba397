"""A table of arrays, and the DataFrame that shows the same."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from netdiag.connections.columns import Coded, Columns, Later

NAMES = np.array(["b", "a"], object)


@pytest.fixture
def table() -> Columns:
    return Columns({"n": np.array([3, 1, 2, 1], np.uint16), "who": Coded(np.array([0, 1, 1, 0], np.int8), NAMES)})


def test_columns_are_arrays_and_texts_their_codes(table: Columns) -> None:
    assert list(table) == ["n", "who"]
    assert len(table) == 4
    assert table["n"].tolist() == [3, 1, 2, 1]
    assert table["who"].tolist() == [0, 1, 1, 0]
    assert table.texts("who") is NAMES
    assert table.words("who").tolist() == ["b", "a", "a", "b"]
    assert (table.text("who"), table.text("who", 1)) == ("b", "a")
    with pytest.raises(KeyError, match="when"):
        table["when"]


@pytest.mark.parametrize("at", [np.array([2, 0]), [2, 0]])
def test_rows_at_positions(table: Columns, at: object) -> None:
    found = table.taken(at)  # type: ignore[arg-type]
    assert (found["n"].tolist(), found.words("who").tolist()) == ([2, 3], ["a", "b"])
    assert list(table.taken(at, ["who"])) == ["who"]  # type: ignore[arg-type]


def test_texts_are_looked_for_and_counted(table: Columns) -> None:
    assert table.says("who", "a").tolist() == [False, True, True, False]
    assert not table.says("who", "c").any()
    assert Columns({"who": Coded(np.array([-1], np.int8), NAMES)}).says("who", "a").tolist() == [False]
    assert table.tally("who") == {"b": 2, "a": 2}
    assert table.taken(table["n"] == 2).tally("who") == {"a": 1}


def test_rows_that_are_flagged_and_a_part(table: Columns) -> None:
    assert table.taken(table["n"] == 1).words("who").tolist() == ["a", "b"]
    part = table.taken(slice(1, 3))
    assert part["n"].tolist() == [1, 2]
    assert np.shares_memory(part["n"], table["n"])
    assert len(table.taken(table["n"] > 9)) == 0


def test_order_is_stable_and_the_first_name_counts_most(table: Columns) -> None:
    assert table.ordered("n")["who"].tolist() == [1, 0, 1, 0]
    assert table.ordered("n", "who")["who"].tolist() == [0, 1, 1, 0]


def test_joined_columns_take_the_place_of_those_of_their_name(table: Columns) -> None:
    other = {"n": np.zeros(4, np.int8), "more": np.ones(4, bool)}
    found = table.joined(other)
    assert list(found) == ["n", "who", "more"]
    assert found["n"].tolist() == [0, 0, 0, 0]
    assert list(table) == ["n", "who"]


def test_a_frame_and_back(table: Columns) -> None:
    frame = table.frame
    pd.testing.assert_frame_equal(
        frame,
        pd.DataFrame(
            {
                "n": np.array([3, 1, 2, 1], np.uint16),
                "who": pd.Categorical(["b", "a", "a", "b"], categories=pd.Index(["b", "a"], dtype=object)),
            }
        ),
    )
    assert np.shares_memory(frame["n"].to_numpy(), table["n"])
    again = Columns.of(frame)
    assert list(again) == ["n", "who"]
    assert again.words("who").tolist() == table.words("who").tolist()


def test_who_writes_into_a_frame_writes_into_a_copy(table: Columns) -> None:
    frame = table.frame
    frame.loc[:, "n"] += 1
    frame.loc[0, "who"] = "a"
    frame["more"] = 1
    frame.iloc[1:, 0] = 9
    assert table["n"].tolist() == [3, 1, 2, 1]
    assert table.words("who").tolist() == ["b", "a", "a", "b"]
    assert list(table.frame) == ["n", "who"]


def test_what_has_no_text_is_missing_in_the_frame() -> None:
    frame = Columns({"who": Coded(np.array([-1, 0], np.int8), NAMES)}).frame
    assert frame["who"].isna().tolist() == [True, False]


def test_no_columns() -> None:
    assert len(Columns({})) == 0
    assert Columns({}).frame.empty


def test_what_is_made_later_is_made_once_when_it_is_asked_for() -> None:
    made = []

    def make() -> dict[str, object]:
        made.append(True)
        return {"late": np.array([7, 8]), "text": Coded(np.array([1, 0], np.int8), NAMES)}

    later = Later(make)  # type: ignore[arg-type]
    table = Columns({"n": np.array([1, 2]), "late": later, "text": later})
    both = table.joined({"more": np.ones(2, bool)})
    part = both.taken(np.array([1]), ["n", "more"])
    assert (len(both), list(both), part["n"].tolist(), made) == (2, ["n", "late", "text", "more"], [2], [])
    assert both.words("text").tolist() == ["a", "b"]
    assert table.taken(np.array([1]))["late"].tolist() == [8]
    assert both.frame["late"].tolist() == [7, 8]
    assert made == [True]


def test_what_could_not_be_made_is_tried_again() -> None:
    tries = iter([MemoryError, None])

    def make() -> dict[str, object]:
        if error := next(tries):
            raise error
        return {"late": np.array([7])}

    table = Columns({"n": np.array([1]), "late": Later(make)})  # type: ignore[arg-type]
    with pytest.raises(MemoryError):
        table["late"]
    assert table["late"].tolist() == [7]


def test_threads_that_ask_at_once_wait_for_the_one_that_makes() -> None:
    made = []

    def make() -> dict[str, object]:
        time.sleep(0.05)
        made.append(True)
        return {"late": np.array([7])}

    table = Columns({"late": Later(make)})  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as threads:
        assert [column.tolist() for column in threads.map(lambda _: table["late"], range(4))] == [[7]] * 4
    assert made == [True]

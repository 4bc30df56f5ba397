"""Holds the facts of connections column by column, as NumPy arrays; whoever wants a DataFrame gets one.

Judges need no more. To import pandas takes longer than to judge a small capture, so that is left to those who look at tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


class Coded(NamedTuple):
    """A column of texts, each distinct one kept once."""

    codes: NDArray[Any]
    """Per row the place of its text in `texts`, -1 where it has none; of a signed kind."""
    texts: NDArray[np.object_]


class Later:
    """Columns that are made, together, when one of them is first asked for.

    Parameters
    ----------
    make : callable
        Gives them by name. It is called once (again, where it failed), and what it holds is let go of then.
    """

    def __init__(self, make: Callable[[], Mapping[str, NDArray[Any] | Coded]]) -> None:
        self._make: Callable[[], Mapping[str, NDArray[Any] | Coded]] | None = make
        self._made: Mapping[str, NDArray[Any] | Coded] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> NDArray[Any] | Coded:
        """One of them."""
        with self._lock:
            if self._make:
                self._made, self._make = self._make(), None
        return self._made[name]


class Columns:
    """A table: columns of equal length by their names.

    Parameters
    ----------
    columns : mapping of str to ndarray, Coded or Later
        They are not copied. The first must be there already.
    """

    def __init__(self, columns: Mapping[str, NDArray[Any] | Coded | Later]) -> None:
        self._columns = dict(columns)
        self._owners: dict[str, Columns] = {}  # whose columns these are, where they are of other tables
        self._shown: dict[str, pd.Series[Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """For another process, or a copy: all columns as they are, none to be made later."""
        for name in self:
            self.column(name)
        return self.__dict__

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Columns:
        """Those of a DataFrame, without its index; texts must be categorical."""
        arrays = {str(name): cast("Any", column.array) for name, column in frame.items()}
        return cls({
            name: Coded(array.codes, array.categories.to_numpy(object)) if hasattr(array, "codes") else array.to_numpy()
            for name, array in arrays.items()
        })  # fmt: skip

    @property
    def frame(self) -> pd.DataFrame:
        """A DataFrame of them, texts as categoricals, the index 0, 1, ...; in the same memory until it is written to."""
        import pandas as pd

        index = pd.RangeIndex(len(self))
        return pd.DataFrame({name: self.series(name, index) for name in self}, index=index, copy=False)

    def series(self, name: str, index: pd.RangeIndex) -> pd.Series[Any]:
        """A column as pandas has it, kept where the column is from: pandas copies what is written to while others have it."""
        import pandas as pd

        if name in self._owners:
            return self._owners[name].series(name, index)
        if name not in self._shown:
            made: Any = self.column(name)
            if isinstance(made, Coded):
                made = pd.Categorical.from_codes(made.codes, categories=pd.Index(made.texts, dtype=object))
            self._shown[name] = pd.Series(made, index, copy=False)
        return self._shown[name]

    def __len__(self) -> int:
        """How many rows."""
        return next((len(self[name]) for name in self), 0)

    def __iter__(self) -> Iterator[str]:
        """The names of the columns."""
        return iter(self._columns)

    def column(self, name: str) -> NDArray[Any] | Coded:
        """A column as it was given, or made now."""
        column = self._columns[name]
        if isinstance(column, Later):
            column = self._columns[name] = column[name]
        return column

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column; of texts, their codes. Not a copy: do not change it."""
        column = self.column(name)
        return column.codes if isinstance(column, Coded) else column

    def texts(self, name: str) -> NDArray[np.object_]:
        """The distinct texts of a column, by code."""
        return cast("Coded", self.column(name)).texts

    def words(self, name: str) -> NDArray[np.object_]:
        """The text of each row; every row must have one."""
        found: NDArray[np.object_] = self.texts(name)[self[name]]
        return found

    def text(self, name: str, row: int = 0) -> str:
        """The text of one row, which has one."""
        return str(self.texts(name)[self[name][row]])

    def says(self, name: str, text: str) -> NDArray[np.bool_]:
        """Whether the text of each row is this."""
        found: NDArray[np.bool_] = self[name] == next((code for code, known in enumerate(self.texts(name)) if known == text), -2)
        return found

    def tally(self, name: str) -> dict[str, int]:
        """How many rows have each text, of those that any row has; every row must have one."""
        codes, counts = np.unique(self[name], return_counts=True)  # a flood has millions of texts, and a source one of them
        return dict(zip(self.texts(name)[codes].tolist(), counts.tolist(), strict=True))

    def taken(self, at: NDArray[Any] | slice, names: Sequence[str] | None = None) -> Columns:
        """The rows at positions, in their order, or those that are flagged: of all columns or of those named."""
        if isinstance(at, np.ndarray) and at.dtype == bool and at.all():
            at = slice(None)  # often: no copy
        made: dict[str, NDArray[Any] | Coded] = {}
        for name in names or self:
            column = self.column(name)
            made[name] = Coded(column.codes[at], column.texts) if isinstance(column, Coded) else column[at]
        return Columns(made)

    def joined(self, others: Columns | Mapping[str, NDArray[Any] | Coded]) -> Columns:
        """These and others of as many rows; where both have a name, the others'."""
        more = others if isinstance(others, Columns) else Columns(others)
        both = Columns(self._columns | more._columns)  # noqa: SLF001  what is to be made later is not made for that
        both._owners = dict.fromkeys(self, self) | dict.fromkeys(more, more)
        return both

    def ordered(self, *names: str) -> Columns:
        """The rows sorted by columns, the first before the second; equal ones stay in their order."""
        return self.taken(np.lexsort([self[name] for name in reversed(names)]))

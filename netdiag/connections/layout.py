"""Turns rows into columns: reads each row once, and writes only where something happened."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections import spill
from netdiag.kernel import kernel, step

THREADS = 2
"""They write different rows; most of the time goes into memory that is touched for the first time, which they do side by side."""
WORTH_ROWS = 1 << 12
"""Fewer rows are laid out by one thread."""
BLOCK = 32
"""Rows laid out at a time: they fit a first-level cache."""
_UNITS = (np.uint8, np.uint16, np.uint32, np.uint64)


def columns(table: NDArray[Any], fields: dict[str, tuple[np.dtype[Any], int]]) -> dict[str, NDArray[Any]]:
    """Contiguous copies of fields of a table.

    Blocks of zeros are not written: what never happened in a capture (alerts, ICMP errors) costs no memory.

    Parameters
    ----------
    table : ndarray, shape (rows,), any dtype
        Contiguous; the size of a row is a multiple of 8 bytes.
    fields : dict
        Name of the column to its kind (1, 2, 4 or 8 bytes) and the byte at which it lies in a row, a multiple of its size.
    """
    whole, starts, made = spill.columns({name: kind for name, (kind, _) in fields.items()}, len(table))
    plan = [(kind.itemsize, at // kind.itemsize, starts[name] // kind.itemsize) for name, (kind, at) in fields.items()]
    steps, rows = np.array(plan, np.int64).reshape(-1, 3), table.view(np.uint8).reshape(len(table), table.itemsize)
    views: list[Any] = [array.view(unit) for unit in _UNITS for array in (rows, whole)]
    _lay(steps, 0, 0, *views)  # so that it is compiled, or loaded, once
    part = max(-(-len(table) // THREADS), WORTH_ROWS)
    with ThreadPoolExecutor(THREADS) as threads:
        parts = [threads.submit(_lay, steps, start, min(start + part, len(table)), *views) for start in range(0, len(table), part)]
    for done in parts:
        done.result()
    return made


@step
def _copy(rows: Any, column: Any, at: Any, to: Any, begin: Any, end: Any) -> None:
    seen = rows[begin, at]
    for i in range(begin, end):
        seen |= rows[i, at]
    if seen:
        for i in range(begin, end):
            column[to + i] = rows[i, at]


@kernel
def _lay(
    steps: Any, begin: Any, end: Any,
    rows1: Any, whole1: Any, rows2: Any, whole2: Any, rows4: Any, whole4: Any, rows8: Any, whole8: Any,
) -> None:  # fmt: skip
    """Copy rows[begin:end]; `steps` are size, place in the row, place of the column, in units of the size."""
    for start in range(begin, end, BLOCK):
        stop = min(start + BLOCK, end)
        for k in range(steps.shape[0]):
            size, at, to = steps[k]
            if size == 8:
                _copy(rows8, whole8, at, to, start, stop)
            elif size == 4:
                _copy(rows4, whole4, at, to, start, stop)
            elif size == 2:
                _copy(rows2, whole2, at, to, start, stop)
            else:
                _copy(rows1, whole1, at, to, start, stop)

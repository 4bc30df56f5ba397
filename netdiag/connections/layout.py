"""Turns rows into columns: reads each row once, wherever it is, and writes only where something happened."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections import spill
from netdiag.connections.settled import lay_flat, restore
from netdiag.connections.state import ROW_WORDS, ROWS, State
from netdiag.kernel import kernel, step

THREADS = 2
"""They write different rows; most of the time goes into memory that is touched for the first time, which they do side by side."""
PART_ROWS = 1 << 14
"""Rows that one of them lays out at a time; then it looks whether there is memory for more."""
BLOCK = 16
"""Rows laid out at a time: they fit a first-level cache."""
_UNITS = (np.uint8, np.uint16, np.uint32, np.uint64)


def columns(state: State, fields: dict[str, tuple[np.dtype[Any], int]], empty: Mapping[str, np.dtype[Any]]) -> dict[str, NDArray[Any]]:
    """Contiguous copies of fields of all connections, by number, and columns of zeros beside them.

    Blocks of zeros are not written: what never happened in a capture (alerts, ICMP errors) costs no memory.

    Parameters
    ----------
    state : State
        The tracker's.
    fields : dict
        Name of the column to its kind (1, 2, 4 or 8 bytes) and the byte at which it lies in a flat row, a multiple of its size.
    empty : dict
        Name to kind of the columns of zeros.
    """
    count = int(state.meta[ROWS])
    whole, starts, made = spill.columns({name: kind for name, (kind, _) in fields.items()} | dict(empty), count)
    plan = [(kind.itemsize, at // kind.itemsize, starts[name] // kind.itemsize) for name, (kind, at) in fields.items()]
    steps = np.array(plan, np.int64).reshape(-1, 3)

    def lay(begin: int, end: int) -> None:
        block = np.zeros((BLOCK, ROW_WORDS), np.uint64)
        views: list[Any] = [array.view(unit) for unit in _UNITS for array in (block, whole)]
        _lay(steps, begin, end, state.rows, state.sides, state.live, state.waits, state.links, state.settled, block.reshape(-1), *views)
        spill.KEEPER.look()

    lay(0, 0)  # so that it is compiled, or loaded, once
    with ThreadPoolExecutor(THREADS) as threads:
        parts = [threads.submit(lay, start, min(start + PART_ROWS, count)) for start in range(0, count, PART_ROWS)]
    for done in parts:
        done.result()
    return made


@step
def _copy(block: Any, column: Any, at: Any, to: Any, count: Any) -> None:
    seen = block[0, at]
    for i in range(count):
        seen |= block[i, at]
    if seen:
        for i in range(count):
            column[to + i] = block[i, at]


@kernel
def _lay(
    steps: Any, begin: Any, end: Any, rows: Any, sides: Any, live: Any, waits: Any, links: Any, settled: Any, flat: Any,
    block1: Any, whole1: Any, block2: Any, whole2: Any, block4: Any, whole4: Any, block8: Any, whole8: Any,
) -> None:  # fmt: skip
    """Copy connections begin to end; `steps` are size, place in the row, place of the column, in units of the size."""
    for start in range(begin, end, BLOCK):
        count = min(BLOCK, end - start)
        for i in range(count):
            at = links[start + i].at
            if at >= 0:
                lay_flat(at, rows, sides, live, waits, flat, i * ROW_WORDS)
            else:
                restore(settled, -1 - at, flat, i * ROW_WORDS)
        for k in range(steps.shape[0]):
            size, at, to = steps[k]
            if size == 8:
                _copy(block8, whole8, at, to + start, count)
            elif size == 4:
                _copy(block4, whole4, at, to + start, count)
            elif size == 2:
                _copy(block2, whole2, at, to + start, count)
            else:
                _copy(block1, whole1, at, to + start, count)

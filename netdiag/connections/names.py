"""Stores each distinct server name and ALPN offer once; rows hold its id."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.incarnations import mixed
from netdiag.connections.state import ARENA, NAME_BYTES, NAMES, State
from netdiag.kernel import kernel, step

FNV_PRIME = np.uint64(0x100000001B3)


@step
def _place(arena: Any, names: Any, name_table: Any, b: Any, at: Any, length: Any, seed: Any) -> Any:
    h = np.uint64(seed)
    for k in range(length):
        h = (h ^ np.uint64(b[at + k])) * FNV_PRIME
    mask = name_table.size - 1
    j = np.int64(mixed(h) & np.uint64(mask))
    while name_table[j] >= 0:
        n = name_table[j]
        if names[n, 1] == length:
            same = True
            for k in range(length):
                if arena[names[n, 0] + k] != b[at + k]:
                    same = False
                    break
            if same:
                return j
        j = (j + 1) & mask
    return j


@step
def name_id(b: Any, at: Any, length: Any, arena: Any, names: Any, name_table: Any, meta: Any, seed: Any) -> Any:
    """Id of the name b[at : at+length], stored now if it is new; -1 for an empty one. The caller keeps room for one more."""
    length = min(length, NAME_BYTES)
    if length <= 0:
        return np.int32(-1)
    j = _place(arena, names, name_table, b, at, length, seed)
    if name_table[j] < 0:
        n, start = meta[NAMES], meta[ARENA]
        for k in range(length):
            arena[start + k] = b[at + k]
        names[n, 0], names[n, 1] = start, length
        meta[NAMES], meta[ARENA] = n + 1, start + length
        name_table[j] = n
    return name_table[j]


@kernel
def refill(arena: Any, names: Any, count: int, name_table: Any, seed: Any) -> None:
    """Fill an empty `name_table` with the first `count` names."""
    for n in range(count):
        name_table[_place(arena, names, name_table, arena, names[n, 0], names[n, 1], seed)] = n


def texts(state: State) -> NDArray[np.object_]:
    """All names as text, by id. Bytes that are not printable ASCII are shown as \\xNN."""
    arena = state.arena.tobytes()
    found = [arena[a : a + n] for a, n in state.names[: int(state.meta[NAMES])].tolist()]
    return np.array([printable(name) for name in found], dtype=object)


def printable(name: bytes) -> str:
    r"""Text of a name; the backslash and what is not printable ASCII become \xNN."""
    return "".join(chr(c) if 0x20 <= c < 0x7F and c != 0x5C else f"\\x{c:02x}" for c in name)

"""Reads integers of either byte order, turns seconds into nanoseconds that never overflow, and has the next bytes ready."""

from typing import Any

import numpy as np

from netdiag.kernel import step
from netdiag.memory import LINE, prefetch

MAX_SECONDS = 9_223_372_035
"""Whole seconds whose nanoseconds, and one second more, fit an int64 (year 2262)."""
MAX_WIRE = (1 << 31) - 1
AHEAD_BYTES = 1 << 11
"""How far behind a record bytes are asked for: where the next one begins is known only when its predecessor was read, so that without this
every header would be waited for (a third of the time of a walk)..."""
MOST_BYTES = 1 << 13
"""...and of how many: behind a longer record there is time."""


@step
def u16(b: Any, o: int, big: bool) -> Any:
    """Unsigned 16-bit value at b[o], as int64."""
    if big:
        return np.int64(b[o]) << 8 | np.int64(b[o + 1])
    return np.int64(b[o]) | np.int64(b[o + 1]) << 8


@step
def u32(b: Any, o: int, big: bool) -> Any:
    """Unsigned 32-bit value at b[o], as int64."""
    if big:
        return np.int64(b[o]) << 24 | np.int64(b[o + 1]) << 16 | np.int64(b[o + 2]) << 8 | np.int64(b[o + 3])
    return np.int64(b[o]) | np.int64(b[o + 1]) << 8 | np.int64(b[o + 2]) << 16 | np.int64(b[o + 3]) << 24


@step
def nanoseconds(seconds: Any, fraction_ns: Any) -> Any:
    """Time in ns as int64, held at the ends of its range; `fraction_ns` is below 2**33."""
    if seconds > MAX_SECONDS:
        return np.int64(9_223_372_036_854_775_807)
    if seconds < -MAX_SECONDS:
        return np.int64(-9_223_372_036_854_775_807)
    whole = np.int64(seconds) * 1_000_000_000
    if fraction_ns > 9_223_372_036_854_775_807 - whole:
        return np.int64(9_223_372_036_854_775_807)
    return whole + np.int64(fraction_ns)


@step
def ask_ahead(b: Any, at: Any, size: Any) -> None:
    """Have as many bytes as a record at b[at] is long on their way to the cache, AHEAD_BYTES behind it; there need not be any."""
    for k in range(0, min(size, MOST_BYTES), LINE):
        prefetch(b, at + AHEAD_BYTES + k)

"""Reads integers of either byte order, and turns seconds into nanoseconds that never overflow."""

from typing import Any

import numpy as np

from netdiag.kernel import step

MAX_SECONDS = 9_223_372_035
"""Whole seconds whose nanoseconds, and one second more, fit an int64 (year 2262)."""
MAX_WIRE = (1 << 31) - 1


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

"""Finds the time after which clients give up: theirs, not the network's, if it is always the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 3
"""Handshakes that were given up after the same time: two may be chance."""
SHARE = 0.5
"""And their share of all that were given up."""
WITHIN = 0.02
"""They differ by less than this share, or by less than..."""
WITHIN_S = 0.05
"""...this many seconds: timers are exact, what wakes up after them is not."""


def deadline_s(lasted_s: NDArray[np.float64]) -> float | None:
    """The time that so many of the handshakes lasted until the client gave up that it is a deadline; None without.

    Parameters
    ----------
    lasted_s : float array
        Seconds from the beginning of each handshake to the client's giving up.
    """
    times = np.sort(lasted_s)
    if len(times) < LEAST:
        return None
    ends = np.searchsorted(times, np.maximum(times * (1 + WITHIN), times + WITHIN_S), side="right")
    inside = ends - np.arange(len(times))
    best = int(inside.argmax())
    if inside[best] < max(LEAST, SHARE * len(times)):
        return None
    return round(float(np.median(times[best : ends[best]])), 3)

"""Finds the stretches in which a source's attempts were blocked, and bounds the penalty."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.segments import split

CLEARLY = 1.5
"""A sliding penalty ends after a silence this much longer than any before: attempts at a steady rate say nothing."""


@dataclass(frozen=True, slots=True)
class Series:
    """Attempts of one key in time order, those of unknown outcome left out."""

    time_ns: NDArray[np.int64]
    """First SYN."""
    ok: NDArray[np.bool_]
    """Whether the first SYN was answered in time by a SYN-ACK."""
    proved_ns: NDArray[np.int64]
    """Where a later SYN of a blocked attempt was answered: when. Where none was: its last SYN, negative. Else 0."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of blocked attempts after accepted ones."""

    start: int
    """Position in the series of the first blocked attempt."""
    stop: int
    last_ok_ns: int
    first_blocked_ns: int
    last_blocked_ns: int
    recovered_ns: int | None
    """First accepted SYN afterwards, None if there was none."""
    widest_ns: int
    """Longest time between two blocked attempts."""

    @property
    def penalty_ns(self) -> tuple[int, int | None]:
        """Shortest and longest penalty that fits; the longest is None if it never ended."""
        longest = None if self.recovered_ns is None else self.recovered_ns - self.last_ok_ns
        return self.last_blocked_ns - self.first_blocked_ns, longest


def episodes(series: Series, min_blocked: int, min_accepted: int, blocked_share: float, penalty: float = 2.0) -> list[Episode]:
    """Stretches of at least `min_blocked` blocked attempts, accepted at most in `blocked_share`, after `min_accepted` accepted.

    Where the `penalty` of a change (see `split`) leaves none, half of it is tried: short pauses between two bans are changes, too.
    """
    stretches = split(series.ok, penalty), split(series.ok, penalty / 2)
    found = (_episodes(series, one, min_blocked, min_accepted, blocked_share) for one in stretches)
    return next((one for one in found if one), [])


def _episodes(series: Series, stretches: list[tuple[int, int]], min_blocked: int, min_accepted: int, blocked_share: float) -> list[Episode]:
    found: list[Episode] = []
    for (before, _), (start, stop) in pairwise(stretches):
        ok = series.ok[start:stop]
        earlier = series.ok[before:start]
        if (~ok).sum() < min_blocked or ok.mean() > blocked_share or earlier.sum() < min_accepted or earlier.mean() < 0.5:
            continue
        start += int(np.argmin(ok))
        later = np.flatnonzero(series.ok[stop:])
        ends = series.proved_ns[start:stop]
        answered = [int(series.time_ns[stop + later[0]])] if later.size else []
        answered += [int(ends[ends > 0].min())] if (ends > 0).any() else []
        recovered = min(answered) if answered else None
        blocked = series.time_ns[start:stop][~series.ok[start:stop]]
        failing = np.concatenate([blocked, -ends[ends < 0]])
        failing = failing if recovered is None else failing[failing < recovered]
        found.append(
            Episode(
                start=start,
                stop=stop,
                last_ok_ns=int(series.time_ns[:start][series.ok[:start]].max()),
                first_blocked_ns=int(blocked[0]),
                last_blocked_ns=int(failing.max(initial=blocked[0])),  # an answer may bear the time of the SYN itself
                recovered_ns=recovered,
                widest_ns=int(np.diff(blocked).max(initial=0)),
            )
        )
    return found


def penalty_bounds(found: list[Episode]) -> tuple[float | None, list[float | None] | None, bool]:
    """Estimate and interval of the penalty in seconds, and whether several episodes agree on one length."""
    if not found:
        return None, None, False
    low = max(episode.penalty_ns[0] for episode in found)
    highs = [high for episode in found if (high := episode.penalty_ns[1]) is not None]
    if not highs:
        return None, [low / 1e9, None], False
    whole = [episode.penalty_ns for episode in found if episode.recovered_ns is not None]
    lows, high = [shortest for shortest, _ in whole], min(highs)
    low = max(lows)
    agree = low <= high
    if not agree:
        low, high = min(lows), max(highs)
    return round((low + high) / 2e9, 3), [round(low / 1e9, 3), round(high / 1e9, 3)], agree and len(whole) > 1


def penalty_kind(found: list[Episode]) -> str | None:
    """`fixed` (counted from the first blocked attempt) or `sliding` (from the last), where only one of them fits all episodes."""
    whole = [episode for episode in found if episode.recovered_ns is not None]
    if not whole:
        return None
    quiet = min(episode.recovered_ns - episode.last_blocked_ns for episode in whole if episode.recovered_ns is not None)
    sliding = CLEARLY * max(episode.widest_ns for episode in found) <= quiet
    fixed = max(episode.penalty_ns[0] for episode in whole) <= min(high for e in whole if (high := e.penalty_ns[1]) is not None)
    return None if sliding == fixed else "sliding" if sliding else "fixed"

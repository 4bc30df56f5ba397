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
    """Longest time that is sure to have passed between two blocked SYNs."""

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
        syns = np.concatenate([blocked, -ends[ends < 0]])
        sender = np.concatenate([np.flatnonzero(~series.ok[start:stop]), np.flatnonzero(ends < 0)])
        in_vain = slice(None) if recovered is None else syns < recovered
        failing = syns[in_vain]
        found.append(
            Episode(
                start=start,
                stop=stop,
                last_ok_ns=int(series.time_ns[:start][series.ok[:start]].max()),
                first_blocked_ns=int(blocked[0]),
                last_blocked_ns=int(failing.max(initial=blocked[0])),  # an answer may bear the time of the SYN itself
                recovered_ns=recovered,
                widest_ns=_widest(failing, sender[in_vain]),
            )
        )
    return found


def _widest(time_ns: NDArray[np.int64], sender: NDArray[np.intp]) -> int:
    """Longest of the gaps; half of it between first and last SYN of one attempt: it doubles the time between them (RFC 6298)."""
    order = np.argsort(time_ns, kind="stable")
    gap, same = np.diff(time_ns[order]), np.diff(sender[order]) == 0
    return int(np.where(same, gap // 2, gap).max(initial=0))


def penalty_bounds(found: list[Episode]) -> tuple[float | None, list[float | None] | None, bool]:
    """Estimate and interval of the penalty in seconds, and whether several episodes agree on one fixed length.

    Counted as `penalty_kind` tells. Where all ended in long silence it may be of either kind: no estimate, and an interval of both.
    """
    if not found:
        return None, None, False
    whole = [episode for episode in found if episode.recovered_ns is not None]
    if not whole:
        return None, [max(episode.penalty_ns[0] for episode in found) / 1e9, None], False
    kind, sliding = penalty_kind(found), _sliding(found)
    low, high = sliding if kind == "sliding" else _fixed(whole)
    if low > high:
        lengths = [length for episode in whole for length in episode.penalty_ns if length is not None]
        low, high, kind = min(lengths), max(lengths), "various"
    if kind is None and high > CLEARLY * low:
        return None, [round(min(low, sliding[0]) / 1e9, 3), round(high / 1e9, 3)], len(whole) > 1
    return round((low + high) / 2e9, 3), [round(low / 1e9, 3), round(high / 1e9, 3)], len(whole) > 1 and kind in (None, "fixed")


def penalty_kind(found: list[Episode]) -> str | None:
    """`fixed` (counted from the first blocked attempt) or `sliding` (from the last), where only one of them fits all episodes."""
    whole = [episode for episode in found if episode.recovered_ns is not None]
    if not whole:
        return None
    (shortest, longest), (widest, quiet) = _fixed(whole), _sliding(found)
    fixed, sliding = shortest <= longest, CLEARLY * widest <= quiet
    return None if sliding == fixed else "sliding" if sliding else "fixed"


def _fixed(whole: list[Episode]) -> tuple[int, int]:
    """Shortest and longest penalty that fits, if it is counted from the first blocked attempt."""
    return max(e.penalty_ns[0] for e in whole), min(longest for e in whole if (longest := e.penalty_ns[1]) is not None)


def _sliding(found: list[Episode]) -> tuple[int, int]:
    """The same, if every blocked attempt prolongs it: longer than any silence that it outlasted, no longer than one that ended it."""
    return max(e.widest_ns for e in found), min(e.recovered_ns - e.last_blocked_ns for e in found if e.recovered_ns is not None)

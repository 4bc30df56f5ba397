"""Finds the stretches in which a source's attempts were blocked, and bounds the penalty and the rate that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.segments import split
from netdiag.findings.significance import poisson_tail

RATE_WINDOWS_S = (0.5, 1.0, 5.0, 10.0, 60.0)
"""Windows before a stretch in which a peak of the attempt rate is looked for."""
EVEN_SECONDS = 10
"""Whole seconds needed to judge the accepted attempts per second: by chance one in 500 series is as even then."""
MOST_SECONDS = 86_400
"""Longer series are not counted by the second."""


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

    @property
    def penalty_ns(self) -> tuple[int, int | None]:
        """Shortest and longest penalty that fits; the longest is None if it never ended."""
        longest = None if self.recovered_ns is None else self.recovered_ns - self.last_ok_ns
        return self.last_blocked_ns - self.first_blocked_ns, longest


def episodes(series: Series, min_blocked: int, min_accepted: int, blocked_share: float) -> list[Episode]:
    """Stretches of at least `min_blocked` blocked attempts, accepted at most in `blocked_share`, after `min_accepted` accepted."""
    found: list[Episode] = []
    stretches = split(series.ok)
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
        found.append(
            Episode(
                start=start,
                stop=stop,
                last_ok_ns=int(series.time_ns[:start][series.ok[:start]].max()),
                first_blocked_ns=int(blocked[0]),
                last_blocked_ns=int(failing[failing < recovered].max()) if recovered is not None else int(failing.max()),
                recovered_ns=recovered,
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


def peak(series: Series, episode: Episode) -> float:
    """P-value of the highest attempt rate just before the episode, given the accepted rate before that (Bonferroni over windows)."""
    times = series.time_ns[: episode.start + 1]
    best = 1.0
    for window_s in RATE_WINDOWS_S:
        begin = episode.first_blocked_ns - window_s * 1e9
        inside = int((times > begin).sum())
        calm, calm_s = len(times) - inside, (begin - times[0]) / 1e9
        if calm >= 2 and calm_s > 0:
            best = min(best, poisson_tail(inside, calm / calm_s * window_s))
    return min(1.0, best * len(RATE_WINDOWS_S))


def rate_bounds(series: Series, found: list[Episode]) -> tuple[float | None, list[float] | None]:
    """Attempts per second that were tolerated and that were not: geometric middle and interval.

    The upper bound is the least count in the second up to a first blocked attempt. The lower bound is the highest rate
    over five seconds (at least two) of accepted attempts that ended in none.
    """
    if not found:
        return None, None
    high = min(int(((series.time_ns > e.first_blocked_ns - 1e9) & (series.time_ns <= e.first_blocked_ns)).sum()) for e in found)
    low = 0.0
    for begin, end in zip([0, *(e.stop for e in found)], [*(e.start for e in found), len(series.ok)], strict=True):
        ends_badly = end < len(series.ok)
        times = series.time_ns[begin:end][series.ok[begin:end]]
        times = times[times < times[-1] - 1e9] if ends_badly and times.size else times
        if times.size < 2 or times[-1] - times[0] < 2e9:
            continue
        window_ns = min(5e9, float(times[-1] - times[0]))
        counts = np.arange(1, len(times) + 1) - np.searchsorted(times, times - window_ns, side="right")
        low = max(low, float(counts.max() - 1) / (window_ns / 1e9))
    if low == 0:
        return None, [0.0, float(high)]
    low, top = min(low, float(high)), max(low, float(high))
    return round((low * top) ** 0.5, 3), [round(low, 3), round(top, 3)]


def plateau(series: Series) -> tuple[float, list[float], float] | None:
    """Accepted rate per second, its interval and the evenness of a rate limit; None with too few accepted attempts.

    Evenness is 1 for losses at random and near 0 for a limiter: the variance of the number of attempts from one accepted
    to the next by that of independent losses of the same share p ((1-p)/p^2), or twice the variance of the accepted per
    second by n p (1-p) over EVEN_SECONDS and more, whichever is less (the second finds limits with a fixed window).
    Counted from the first blocked attempt on, when the burst allowance is used up.
    """
    first = int(np.argmin(series.ok))
    times, ok = series.time_ns[first:], series.ok[first:]
    accepted = np.flatnonzero(ok)
    span_s = float(times[accepted[-1]] - times[accepted[0]]) / 1e9 if accepted.size > 1 else 0.0
    if accepted.size < 3 or span_s <= 0:
        return None
    k, share = accepted.size, accepted.size / len(ok)
    evenness = float(np.var(np.diff(accepted))) / max((1 - share) / share**2, 1e-9)
    seconds = (times - times[0]) // 10**9
    tried = np.bincount(seconds[seconds < seconds[-1]]) if seconds[-1] < MOST_SECONDS else np.zeros(0)
    if len(tried) >= EVEN_SECONDS:
        counts = np.bincount(seconds[ok], minlength=len(tried))[: len(tried)]
        evenness = min(evenness, 2 * float(np.var(counts)) / max(float(tried.mean()) * share * (1 - share), 1e-9))
    return round((k - 1) / span_s, 3), [round((k - 2) / span_s, 3), round(k / span_s, 3)], evenness

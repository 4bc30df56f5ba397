"""Reads rates off a source's SYNs: the peak before it was blocked, what was tolerated and what was not, and an even limit."""

from __future__ import annotations

from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.episodes import Episode, Series
from netdiag.findings.significance import poisson_tail

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

PEAK_WINDOWS_S = (0.5, 1.0, 5.0, 10.0, 60.0)
"""Windows before a stretch in which a peak of the attempt rate is looked for."""
LIMIT_WINDOWS_S = (0.5, 60.0)
"""Windows in which a flood control may count: most are set to 1, 10 or 60 s (nftables, fail2ban, firewalls)."""
ROUND_WINDOWS_S = (1, 2, 5, 10, 30, 60)
"""Windows that people set."""
WINDOW_STEP = 1.05
"""They are tried in steps of this factor; between two of them, counts lie between those of the two."""
MOST_COUNTED, LEAST_STEPS = 4_000_000, 12
"""SYNs times steps: a longer series is counted in fewer steps, though in no fewer than these, and its interval is wider."""
EVEN_SECONDS = 10
"""Whole seconds needed to judge the accepted attempts per second: by chance one in 500 series is as even then."""
LEAST_ACCEPTED = 3
"""Accepted attempts without which there is no rate."""
MANY_ACCEPTED = 15
"""Accepted SYNs needed to judge the times between them."""
DRAWS, MOST_DRAWN = 199, 2_000
"""What loss at random would look like is drawn so often; no more attempts than these (the first ones) are compared with it."""
QUANTILE = 0.005
"""More even than all but one in 200 draws..."""
EFFECT = 0.5
"""...and at least twice as even as the middle one: with many attempts small differences are no chance either, but mean nothing."""
AS_EVEN = 0.3
"""What a variation that is just so even counts as."""
MOST_SECONDS = 86_400
"""Longer series are not counted by the second."""
NEVER = 1 << 60
"""Delay of an attempt of which no SYN passed, ns."""
MOST_REPEATS = 16
"""SYNs of one attempt that are counted: no stack sends more (Linux 6.5 and later: 11)."""


def syn_times(rows: Columns) -> NDArray[np.int64]:
    """When the rows' SYNs were sent, retransmissions included (those between the first and the last spread evenly), sorted."""
    first, last = rows["syn_ns"], rows["syn_last_ns"]
    count = np.clip(rows["syn_count"].astype(np.int64), 1, MOST_REPEATS)
    number = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    step = np.where(count > 1, (last - first) / np.maximum(count - 1, 1), 0)
    times: NDArray[np.int64] = np.sort(np.repeat(first, count) + (number * np.repeat(step, count)).astype(np.int64))
    return times


def peak(series: Series, episode: Episode) -> float:
    """P-value of the highest attempt rate just before the episode, given the accepted rate before that (Bonferroni over windows)."""
    times = series.time_ns[: episode.start + 1]
    best = 1.0
    for window_s in PEAK_WINDOWS_S:
        begin = episode.first_blocked_ns - window_s * 1e9
        inside = int((times > begin).sum())
        calm, calm_s = len(times) - inside, (begin - times[0]) / 1e9
        if calm >= 2 and calm_s > 0:
            best = min(best, poisson_tail(inside, calm / calm_s * window_s))
    return min(1.0, best * len(PEAK_WINDOWS_S))


def rate_bounds(syns: NDArray[np.int64], series: Series, found: list[Episode]) -> tuple[float | None, list[float] | None]:
    """SYNs per second that were tolerated and that were not: geometric middle and interval.

    A limit of N in a window fits if nowhere outside the episodes more SYNs passed within such a window than there were at each
    episode's onset: up to some SYN after the last that passed, up to the first blocked attempt (a retransmission may be what was
    one too many). The interval joins the bounds of all windows that fit, between two that are tried those of the two, with one SYN of
    slack for clocks; the lower bound is 0 where none fits.

    Parameters
    ----------
    syns : int64 array
        Times of all SYNs of the key, whatever became of them, sorted.
    """
    if not found:
        return None, None
    passed, windows = _passed(series), _windows(len(syns))
    counted = [_around(syns, passed, found, window_ns) for window_ns in windows]
    spent = int(syns[-1] - syns[0])
    bounds = [
        ((tolerated - 1) * 1e9 / long, tripped * 1e9 / short)
        for (short, (tolerated, _)), (long, (_, tripped)) in pairwise(zip(windows, counted, strict=True))
        if 0 < tolerated < tripped and spent >= short
    ]
    if not bounds:
        return None, [0.0, float(min(_counts(syns, 10**9, e.first_blocked_ns, e.first_blocked_ns)[0] for e in found))]
    low, high = min(low for low, _ in bounds), max(high for _, high in bounds)
    return round((low * high) ** 0.5, 3) if low else None, [round(low, 3), round(high, 3)]


def limits(syns: NDArray[np.int64], series: Series, found: list[Episode]) -> dict[str, list[int]]:
    """Window in seconds (those that people set, where one fits) to the fewest and the most SYNs in it that a limit may allow."""
    passed = _passed(series)
    fits = {str(window_s): _around(syns, passed, found, window_s * 10**9) for window_s in ROUND_WINDOWS_S} if found else {}
    spent = int(syns[-1] - syns[0]) if syns.size else 0
    return {key: [low, high - 1] for key, (low, high) in fits.items() if 0 < low < high and spent >= int(key) * 10**9}


def _passed(series: Series) -> NDArray[np.int64]:
    """When SYNs were answered, or the answered repetition of one was."""
    return np.sort(np.concatenate([series.time_ns[series.ok], series.proved_ns[series.proved_ns > 0]]))


def _windows(syns: int) -> list[int]:
    """Windows to try for a limit, ns: fewer where counting so many SYNs in each would take long."""
    shortest, longest = LIMIT_WINDOWS_S
    steps = round(log(longest / shortest) / log(WINDOW_STEP))
    steps = max(min(steps, MOST_COUNTED // max(syns, 1)), LEAST_STEPS)
    return [round(window_s * 1e9) for window_s in np.geomspace(shortest, longest, steps + 1).tolist()]


def _around(syns: NDArray[np.int64], passed: NDArray[np.int64], found: list[Episode], window_ns: int) -> tuple[int, int]:
    """Most SYNs that passed within such a window, and the SYNs of the window that had the fewest among those that tripped."""
    tripped = min(int(_counts(syns, window_ns, e.last_ok_ns + 1, e.first_blocked_ns).max(initial=0)) for e in found)
    begins = [int(syns[0]), *(e.recovered_ns for e in found if e.recovered_ns is not None)]
    ends = [e.first_blocked_ns for e in found] + [int(syns[-1]) + 1] * (len(begins) - len(found))
    tolerated = 0
    for begin, end in zip(begins, ends, strict=True):
        within = passed[np.searchsorted(passed, begin) : np.searchsorted(passed, end)]
        behind = np.arange(1, len(within) + 1) - np.searchsorted(within, within - window_ns, side="right")
        tolerated = max(tolerated, int(behind.max(initial=0)))
    return tolerated, tripped


def _counts(syns: NDArray[np.int64], window_ns: int, begin: int, end: int) -> NDArray[np.int64]:
    """SYNs in the window that ends with each SYN from `begin` to `end`, itself included."""
    last = np.arange(np.searchsorted(syns, begin), np.searchsorted(syns, end, side="right"))
    counts: NDArray[np.int64] = last + 1 - np.searchsorted(syns, syns[last] - window_ns, side="right")
    return counts


def plateau(series: Series) -> tuple[float, list[float], float, float] | None:
    """Accepted rate per second, its interval, the evenness of a rate limit, and that of all SYNs; None with too few accepted attempts.

    Looked at from the first to the last blocked attempt, while the burst allowance is used up. Evenness is 1 for losses at random
    and near 0 for a limiter; it is the least of three: the variance of the number of attempts from one accepted to the next by that
    of independent losses of the same share p, (1-p)/p^2; twice the variance of the accepted per second by n p (1-p) over EVEN_SECONDS
    and more (this finds limits with a fixed window); the squared variation of the times between accepted SYNs, retransmissions
    included, by what chance would give, as AS_EVEN has it (this finds limits that retransmissions use up): the evenness of all SYNs,
    1 with too few of them.
    """
    blocked = np.flatnonzero(~series.ok)
    stretch = slice(int(blocked[0]), int(blocked[-1]) + 1)
    times, ok, proved = series.time_ns[stretch], series.ok[stretch], series.proved_ns[stretch]
    accepted = np.flatnonzero(ok)
    span_s = float(times[accepted[-1]] - times[accepted[0]]) / 1e9 if accepted.size > 1 else 0.0
    if accepted.size < LEAST_ACCEPTED or span_s <= 0:
        return None
    share = accepted.size / len(ok)
    evenness = float(np.var(np.diff(accepted))) / max((1 - share) / share**2, 1e-9)
    seconds = (times - times[0]) // 10**9
    tried = np.bincount(seconds[seconds < seconds[-1]]) if 0 <= seconds[-1] < MOST_SECONDS else np.zeros(0)
    if len(tried) >= EVEN_SECONDS:
        counts = np.bincount(seconds[ok], minlength=len(tried))[: len(tried)]
        evenness = min(evenness, 2 * float(np.var(counts)) / max(float(tried.mean()) * share * (1 - share), 1e-9))
    delays = np.where(ok, 0, np.where(proved > 0, proved - times, NEVER))
    passed, of_all = _passing(times, delays), _of_all(times[:MOST_DRAWN], delays[:MOST_DRAWN])
    k, span_s = len(passed), float(passed[-1] - passed[0]) / 1e9
    return round((k - 1) / span_s, 3), [round((k - 2) / span_s, 3), round(k / span_s, 3)], min(evenness, of_all), of_all


def _passing(times: NDArray[np.int64], delays: NDArray[np.int64]) -> NDArray[np.int64]:
    """When SYNs passed until the last attempt, sorted: the first of each, or a repetition after the delay."""
    passed = times[delays < NEVER] + delays[delays < NEVER]
    return np.sort(passed[passed <= times[-1]])


def _of_all(times: NDArray[np.int64], delays: NDArray[np.int64]) -> float:
    """How even the SYNs that pass are beside what chance would give: losses and delays met by other attempts of the same, drawn anew."""
    passed = _passing(times, delays)
    if len(passed) < MANY_ACCEPTED:
        return 1.0
    dice = np.random.default_rng(len(times))
    drawn = [_variation(_passing(times, dice.permutation(delays))) for _ in range(DRAWS)]
    return AS_EVEN * _variation(passed) / max(min(float(np.quantile(drawn, QUANTILE)), EFFECT * float(np.median(drawn))), 1e-9)


def _variation(times: NDArray[np.int64]) -> float:
    """Squared coefficient of variation of the times between events: 0 for a clock, 1 for a Poisson process."""
    between = np.diff(times)
    if not between.size:
        return 1.0
    return float(np.var(between)) / max(float(between.mean()) ** 2, 1.0)

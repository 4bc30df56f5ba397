"""Tells by which mechanism the attempts of one source were blocked, and how sure that is: the statistics of flood-control-trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from netdiag.findings import episodes as bounds
from netdiag.findings.crowd import Crowd
from netdiag.findings.episodes import Episode, Series
from netdiag.findings.livelimit import live_limit
from netdiag.findings.neighbours import Neighbours
from netdiag.findings.outcome import Outcome
from netdiag.findings.rates import peak, plateau, rate_bounds, syn_times
from netdiag.findings.significance import fisher_exact

if TYPE_CHECKING:
    import pandas as pd


class Limits(Protocol):
    """The thresholds that decide, as `flood_control_trip.Thresholds` documents them."""

    @property
    def min_blocked(self) -> int: ...  # noqa: D102
    @property
    def min_accepted(self) -> int: ...  # noqa: D102
    @property
    def blocked_share(self) -> float: ...  # noqa: D102
    @property
    def split_penalty(self) -> float: ...  # noqa: D102
    @property
    def others_attempts(self) -> int: ...  # noqa: D102
    @property
    def others_p_value(self) -> float: ...  # noqa: D102
    @property
    def peak_p_value(self) -> float: ...  # noqa: D102
    @property
    def evenness(self) -> float: ...  # noqa: D102
    @property
    def plateau_accepted(self) -> int: ...  # noqa: D102
    @property
    def short_s(self) -> float: ...  # noqa: D102
    @property
    def limit_exceptions(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Trip:
    """What was found about one source."""

    rows: pd.DataFrame
    """Attempts that were accepted or blocked."""
    mechanism: str
    trips: int
    confidence: float
    facts: dict[str, Any]


def judge_attempts(every: pd.DataFrame, rows: pd.DataFrame, services: NDArray[np.int64], crowd: Crowd, t: Limits) -> Trip | None:
    """How the attempts of one source were blocked, if they were.

    Parameters
    ----------
    every : DataFrame
        Attempts of one source to one service or several, in time order, with `fared`, `accepted` and `blocked`.
    rows : DataFrame
        Those of all sources.
    services : int64 array
        Numbers of the services, as `crowd` has them.
    """
    if (every["fared"].to_numpy() == Outcome.PROHIBITED).sum() >= min(3, t.min_blocked):
        return Trip(every, "icmp-prohibited", _runs(every["accepted"].to_numpy(bool)), 0.95, {})
    own = every[every["blocked"] | every["accepted"]]
    kind, ok = own["fared"].to_numpy(), own["accepted"].to_numpy(bool)
    if not ok.any():
        return None
    late, last = own["synack_ns"].to_numpy(), own["syn_last_ns"].to_numpy()
    series = Series(own["syn_ns"].to_numpy(), ok, np.where(ok, 0, np.where(late > 0, late, -last)))
    onset, end = int(series.time_ns[~ok][0]), int(series.time_ns[~ok][-1])
    inside = (series.time_ns >= onset) & (series.time_ns <= end)
    lost, won = int((~ok & inside).sum()), int((ok & inside).sum())
    served, failing = (total - mine for total, mine in zip(crowd.between(services, onset, end), (won, lost), strict=True))
    others = Neighbours(rows, every, onset, end)
    if served + failing >= t.others_attempts and failing >= served:
        served, failing = others.beyond(served, failing)
        if failing >= served or served < t.others_attempts:
            return None  # everybody's trouble: the service, not the source
    facts = {"others_accepted": served, "others_blocked": failing, "keyed_by": others.keyed_by()}
    resets = kind == Outcome.RESET
    if resets.sum() >= t.min_blocked and (limit := live_limit(own, ok, resets, t.limit_exceptions)):
        return Trip(own, "connection-limit", _runs(ok), 0.8, facts | {"connection_limit": limit})
    found = bounds.episodes(series, t.min_blocked, t.min_accepted, t.blocked_share, t.split_penalty)
    whole = [e for e in found if e.recovered_ns is not None]
    short = len(whole) >= 3 and np.median([e.penalty_ns[0] for e in whole]) < t.short_s * 1e9
    flat = plateau(series)
    even = flat and min(ok.sum(), (~ok).sum()) >= t.plateau_accepted and flat[2] < t.evenness
    if flat and (short or (even and not found)):
        burst = int(np.argmin(ok))  # accepted at once before the first was blocked: allowance plus what flowed back meanwhile
        return Trip(own, "rate-limit", len(whole) if short else 1, 0.85, facts | {"burst": burst} | _threshold(flat[0], flat[1]))
    found = [e for e in found if not _overloaded(own, e)]
    return _penalty(own, series, syn_times(every), found, facts, fisher_exact(lost, won, failing, served), t) if found else None


def _penalty(
    own: pd.DataFrame, series: Series, syns: NDArray[np.int64], found: list[Episode], facts: dict[str, Any], p_value: float, t: Limits
) -> Trip | None:
    """The trip of blocked stretches, if chance, an outage and a busy client do not explain them."""
    penalty, interval, agree = bounds.penalty_bounds(found)
    alone = facts["others_accepted"] >= t.others_attempts and p_value < t.others_p_value
    peaked = min(peak(series, e) for e in found)
    if not (alone or agree or peaked < t.peak_p_value):
        return None
    facts |= {"p_value": p_value, "peak_p_value": peaked, "penalty_s": penalty, "penalty_interval_s": interval}
    facts["penalty_kind"] = bounds.penalty_kind(found)
    sure, confidence = ("confirmed", 0.95) if agree else ("suspected", 0.5) if penalty is None else ("probable", 0.9 if alone else 0.7)
    mechanism = "reset" if 2 * int((own["fared"] == Outcome.RESET).sum()) > int((~series.ok).sum()) else "silent-drop"
    return Trip(own, mechanism, len(found), confidence, facts | {"certainty": sure} | _threshold(*rate_bounds(syns, found)))


def _threshold(estimate: float | None, interval: list[float] | None) -> dict[str, Any]:
    return {"threshold_per_s": estimate, "threshold_interval_per_s": interval}


def _runs(ok: NDArray[np.bool_]) -> int:
    """Stretches of attempts that were not accepted."""
    return int((np.diff(ok.astype(np.int8), prepend=1) < 0).sum())


def _overloaded(own: pd.DataFrame, episode: Episode) -> bool:
    """Whether ClientHellos went unacknowledged for a second and more before the first SYN did: the server's queue is full."""
    hello_ns = own["hello_ns"].to_numpy()
    unheard = (hello_ns > 0) & (own["hello_acked_ns"].to_numpy() == 0) & (own["server_hello_ns"].to_numpy() == 0)
    return bool((unheard & (hello_ns < episode.first_blocked_ns - 1e9)).sum() >= 2)

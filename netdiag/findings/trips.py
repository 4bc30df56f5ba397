"""Tells by which mechanism the attempts of one source were blocked, and how sure that is: the statistics of flood-control-trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from netdiag.findings import episodes as bounds
from netdiag.findings.attempts import Attempts
from netdiag.findings.episodes import Episode, Series
from netdiag.findings.livelimit import live_limit
from netdiag.findings.neighbours import Neighbours
from netdiag.findings.outcome import Outcome
from netdiag.findings.portrules import BETTER, better, blocked_key, choose, port_rules
from netdiag.findings.rates import limits, peak, plateau, rate_bounds, syn_times
from netdiag.findings.significance import fisher_exact

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

READ = (
    "src", "dst", "dport", "sport", "syn_ns", "syn_last_ns", "syn_count", "synack_ns", "fin_out_ns", "fin_in_ns", "rst_out_ns", "rst_in_ns",
    "hello_ns", "hello_acked_ns", "packets_in", "bytes_in", "last_ns",
)  # fmt: skip
SURE = 0.95
"""Confidence where ICMP says so."""
PROHIBITIONS = 3
"""ICMP errors that say so: fewer may be meant for something else."""


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

    rows: Columns
    """Attempts that were accepted or blocked."""
    mechanism: str
    trips: int
    confidence: float
    facts: dict[str, Any]
    chance: float = 0.0
    """How easily chance would look the same, where a single test decided."""


def judge_attempts(every: Columns, attempts: Attempts, services: NDArray[np.int32], t: Limits) -> Trip | None:
    """How the attempts of one source were blocked, if they were.

    Parameters
    ----------
    every : Columns
        Attempts of one source to one service or several: rows of `attempts` with the columns READ.
    attempts : Attempts
        Those of all sources.
    services : int array
        Numbers of the services, as `attempts` has them.
    """
    prohibited = int((every["fared"] == Outcome.PROHIBITED).sum()) >= min(PROHIBITIONS, t.min_blocked)
    own = every.taken(every["blocked"] | every["accepted"])
    ok = own["accepted"]
    if not ok.any():
        return Trip(every, "icmp-prohibited", 1, SURE, {}) if prohibited else None
    series = _series(own)
    compared = _compare(every, attempts, series, services, t)
    if compared is None and not prohibited:
        return None  # everybody's trouble: the service, not the source
    facts, p_value, others = compared or ({"keyed_by": None}, 1.0, None)
    trip = _limited(own, series, facts, t) or _stretches(own, series, syn_times(every), facts, p_value, t)
    if trip and trip.facts["keyed_by"] == "port":
        trip.facts["keyed_by"] = blocked_key(own, _of_source(own, attempts))
    if trip and others and trip.facts["keyed_by"] == "prefix" and trip.facts.get("threshold_interval_per_s"):
        mates = attempts.rows(others.mates()["place"], READ)  # all of them count
        shared = _series(mates)
        if trip.mechanism != "rate-limit":
            trip.facts.update(_limit(syn_times(mates), shared, _found(shared, t)))
        elif flat := plateau(shared):
            trip.facts.update(_threshold(flat[0], flat[1]))
    if not prohibited:
        return trip
    told = trip or Trip(own, "", _runs(ok), SURE, facts)
    return Trip(every, "icmp-prohibited", told.trips, SURE, told.facts)  # whatever the rule, ICMP says who blocks


def _of_source(own: Columns, attempts: Attempts) -> Columns:
    """All attempts of the same source, to whatever service."""
    near = attempts.around(int(own["src"][0]), 0, len(attempts.row))
    return attempts.rows(near[attempts.columns["src"][attempts.row[near]] == own["src"][0]], READ)


def _found(series: Series, t: Limits) -> list[Episode]:
    return bounds.episodes(series, t.min_blocked, t.min_accepted, t.blocked_share, t.split_penalty)


def _series(rows: Columns) -> Series:
    own = rows.taken(rows["blocked"] | rows["accepted"])
    ok = own["accepted"]
    first, late, last = (own[name] for name in ("syn_ns", "synack_ns", "syn_last_ns"))
    one_sided = (late == 0) & (last > first) & (own["hello_ns"] > 0)
    late = np.where(one_sided, last, late)  # the last SYN was answered, or it would not have gone on
    return Series(first, ok, np.where(ok, 0, np.where(late > 0, late, -last)))


def _compare(
    every: Columns, attempts: Attempts, series: Series, services: NDArray[np.int32], t: Limits
) -> tuple[dict[str, Any], float, Neighbours] | None:
    """How others fared meanwhile, Fisher's tail that the source fared no worse, and who they are; None where it was everybody's trouble."""
    blocked = series.time_ns[~series.ok]
    onset, end = int(blocked[0]), int(blocked[-1])
    inside = (series.time_ns >= onset) & (series.time_ns <= end)
    lost, won = int((~series.ok & inside).sum()), int((series.ok & inside).sum())
    served, failing = (
        total - mine for total, mine in zip(attempts.crowd.between(services, *attempts.span(onset, end)), (won, lost), strict=True)
    )
    others = Neighbours(attempts, every, onset, end)
    if served + failing >= t.others_attempts and failing >= served:
        served, failing = others.beyond(served, failing)
        if failing >= served or served < t.others_attempts:
            return None
    facts = {"others_accepted": served, "others_blocked": failing, "keyed_by": others.keyed_by()}
    return facts, fisher_exact(lost, won, failing, served), others


def _limited(own: Columns, series: Series, facts: dict[str, Any], t: Limits) -> Trip | None:
    """The trip of a limit on open connections."""
    resets = own["fared"] == Outcome.RESET
    if resets.sum() < t.min_blocked or not (limit := live_limit(own, series.ok, resets, t.limit_exceptions)):
        return None
    return Trip(own, "connection-limit", _runs(series.ok), 0.8, facts | {"connection_limit": limit})


def _stretches(own: Columns, series: Series, syns: NDArray[np.int64], facts: dict[str, Any], p_value: float, t: Limits) -> Trip | None:
    """The trip of a rule that blocks single ports, of an even rate, or of stretches in which everything is blocked."""
    ok = series.ok
    found = _found(series, t)
    if trip := _by_port(own, series, found, facts, t):
        return trip
    whole = [e for e in found if e.recovered_ns is not None]
    short = len(whole) >= 3 and np.median([e.penalty_ns[0] for e in whole]) < t.short_s * 1e9
    flat = plateau(series)
    even = flat and min(ok.sum(), (~ok).sum()) >= t.plateau_accepted and flat[2] < t.evenness
    seeps = flat and flat[3] < t.evenness and all(_blocked_on(series, e) >= t.min_blocked for e in found)
    if flat and (short or (even and (not found or seeps))):
        burst = int(np.argmin(ok))  # accepted at once before the first was blocked: allowance plus what flowed back meanwhile
        return Trip(own, "rate-limit", len(whole) if short else 1, 0.85, facts | {"burst": burst} | _threshold(flat[0], flat[1]))
    found = [e for e in found if not _overloaded(own, e)]
    return _penalty(own, series, syns, found, facts, p_value, t) if found else None


def _blocked_on(series: Series, episode: Episode) -> int:
    """Attempts in the stretch that were blocked although a SYN had passed before: a penalty would have been over."""
    stretch = slice(episode.start, episode.stop)
    return int((~series.ok[stretch] & (series.time_ns[stretch] > (episode.recovered_ns or np.inf))).sum())


def _by_port(own: Columns, series: Series, found: list[Episode], facts: dict[str, Any], t: Limits) -> Trip | None:
    """The trip of a rule that blocks single ports, if it tells the outcomes better than chance and than blocked stretches do."""
    rules = port_rules(own)
    if not rules or (~series.ok).sum() < t.min_blocked:
        return None
    best, rival = choose(rules)
    passed = np.ones(len(series.ok), bool)
    for episode in found:
        passed[episode.start : episode.stop] = False
    whole = (passed == series.ok)[: len(best.right)]  # what a block of the whole source tells rightly
    if best.p_value >= t.others_p_value or best.wrong >= int((~whole).sum()):
        return None
    sure = 0.9 if best.length_s and better(best.right, whole) < BETTER else 0.7
    facts = facts | {
        "keyed_by": "port", "p_value": best.p_value, "penalty_s": best.length_s, "penalty_interval_s": list(best.interval_s),
        "penalty_kind": best.kind, "contradicting": best.wrong, "rival_contradicting": rival and rival.wrong,
        "rival_p_value": rival and better(best.right, rival.right),
    }  # fmt: skip
    if best.rate_per_s:
        facts |= _threshold(round((best.rate_per_s[0] * best.rate_per_s[1]) ** 0.5, 3), list(best.rate_per_s))
    return Trip(own, _mechanism(own, series), best.stretches, sure, facts, best.p_value)


def _penalty(
    own: Columns, series: Series, syns: NDArray[np.int64], found: list[Episode], facts: dict[str, Any], p_value: float, t: Limits
) -> Trip | None:
    """The trip of blocked stretches, if chance, an outage and a busy client do not explain them."""
    penalty, interval, agree = bounds.penalty_bounds(found)
    alone = facts.get("others_accepted", 0) >= t.others_attempts and p_value < t.others_p_value
    peaked = min(peak(series, e) for e in found)
    if not (alone or agree or peaked < t.peak_p_value):
        return None
    facts = facts | {"p_value": p_value, "peak_p_value": peaked, "penalty_s": penalty, "penalty_interval_s": interval}
    facts["penalty_kind"] = bounds.penalty_kind(found)
    sure, confidence = (
        ("confirmed", 0.95) if agree else ("suspected", 0.5) if not interval or interval[1] is None else ("probable", 0.9 if alone else 0.7)
    )
    facts |= {"certainty": sure} | _limit(syns, series, found)
    return Trip(own, _mechanism(own, series), len(found), confidence, facts, 0.0 if agree or peaked < t.peak_p_value else p_value)


def _mechanism(own: Columns, series: Series) -> str:
    return "reset" if 2 * int((own["fared"] == Outcome.RESET).sum()) > int((~series.ok).sum()) else "silent-drop"


def _limit(syns: NDArray[np.int64], series: Series, found: list[Episode]) -> dict[str, Any]:
    return _threshold(*rate_bounds(syns, series, found)) | {"limit_by_window_s": limits(syns, series, found)}


def _threshold(estimate: float | None, interval: list[float] | None) -> dict[str, Any]:
    return {"threshold_per_s": estimate, "threshold_interval_per_s": interval}


def _runs(ok: NDArray[np.bool_]) -> int:
    """Stretches of attempts that were not accepted."""
    return int((np.diff(ok.astype(np.int8), prepend=1) < 0).sum())


def _overloaded(own: Columns, episode: Episode) -> bool:
    """Whether ClientHellos went unacknowledged for a second and more before the first SYN did: the server's queue is full.

    Where the server's packets are not in the capture, or it spoke, nothing says that it did not hear.
    """
    hello_ns, spoke = own["hello_ns"], own["bytes_in"] > 0
    unheard = (hello_ns > 0) & (own["hello_acked_ns"] == 0) & (own["packets_in"] > 0) & ~spoke
    return bool((unheard & (hello_ns < episode.first_blocked_ns - 1e9)).sum() >= 2)

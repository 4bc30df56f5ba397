"""Weighs whether something keeps a port closed for a while after its last use."""

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.outcome import Outcome
from netdiag.findings.portrules import BY_PORT
from netdiag.findings.significance import fisher_exact, mantel_haenszel
from netdiag.findings.wording import many
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "port-cool-down"
TITLE = "A device silently drops reused ports until a cool-down is over"
SEPARATION = 0.9
"""Share of pairs (failed, succeeded) that the gap must order rightly: a cool-down is a step, this allows for clocks and loss."""
STRATA = 10
"""Times of equally many attempts within which reused and fresh ports are compared: a ban of the whole source fails both alike."""
P_VALUE = 1e-4
"""Tail below which reused ports fail more, or fail again and again: one in ten thousand sources by chance."""
TIMED_P_VALUE = 0.01
"""And its Mantel-Haenszel tail within the same times: the effect is clear by then, this asks that time does not explain it."""
UNORDERED = 0.8
"""How much it counts if only reused ports fail, but not by the gap: a device may count the uses of a port instead."""


def weigh(case: Case) -> Weighing:
    """Only reused ports fail, in silence, while fresh ones are accepted; as a step function of the time since the last use."""
    reused, silent, ok = case.reused, case.silent, case.fared == Outcome.OK
    cells = [int((a & b).sum()) for b in (reused, ~reused) for a in (silent, ok)]
    possible = int((case.failed & reused).sum())
    counts = {"reused_silent": cells[0], "reused_accepted": cells[1], "fresh_silent": cells[2], "fresh_accepted": cells[3]}
    if not cells[0]:
        return Weighing(explained=0, possible=possible, reason="No SYN of a reused port was left without an answer.", counts=counts)
    by_time, again = _by_time(reused, silent, ok), mantel_haenszel(_again(case))
    mixed = ((by_time[:, 0] + by_time[:, 1]) * (by_time[:, 2] + by_time[:, 3])).any()
    p_value = mantel_haenszel(by_time) if mixed else fisher_exact(*cells)
    gaps = case.rows["prev_gap_ns"] / 1e9, _since_accepted(case)
    gap_s = max(gaps, key=lambda gap: _ordered(gap[reused & silent], gap[reused & ok]))
    failing, passing = gap_s[reused & silent], gap_s[reused & ok]
    by_port = p_value < TIMED_P_VALUE and fisher_exact(*cells) < P_VALUE
    stepped = _ordered(failing, passing) >= SEPARATION and p_value < TIMED_P_VALUE
    rules = [f.metrics for f in case.findings if f.code == "ND301" and f.metrics.get("keyed_by") in BY_PORT]
    counted = max((one["rival_p_value"] for one in rules if one["penalty_kind"] == "fixed"), default=1.0)
    step = f"; the longest failing gap is {failing.max():.3g} s, the shortest accepted {passing.min():.3g} s" if passing.size else ""
    return Weighing(
        explained=cells[0] if stepped or rules or (passing.size and (again < P_VALUE or by_port)) else 0,
        possible=possible,
        reason=f"{cells[0]} of {many(cells[0] + cells[1], 'reused port')} got no answer, {cells[2]} of {cells[2] + cells[3]} fresh "
        f"in the same times{step}; that a port that failed fails again while others pass has p = {again:.2g}.",
        p_value=max(one["p_value"] for one in rules) if rules else p_value if stepped else min(p_value, again),
        sure=min(counted, 1.0 if stepped or rules else UNORDERED),
        counts=counts,
    )


def _by_time(reused: NDArray[np.bool_], silent: NDArray[np.bool_], ok: NDArray[np.bool_]) -> NDArray[np.int64]:
    """One table [reused and silent, reused and ok, fresh and silent, fresh and ok] per stretch of attempts."""
    stretch = np.arange(len(reused)) * STRATA // max(len(reused), 1)
    return np.column_stack([np.bincount(stretch, a & b, STRATA) for b in (reused, ~reused) for a in (silent, ok)]).astype(np.int64)


def _again(case: Case) -> NDArray[np.int64]:
    """One table [failed again, then accepted, failed after a success, accepted again] of 4-tuples' successive attempts per stretch."""
    judged = np.flatnonzero(case.silent | (case.fared == Outcome.OK))
    keys = np.stack([case.service[judged], case.rows["sport"][judged].astype(np.int64)])
    order = np.lexsort(keys)
    same = (np.diff(keys[:, order], axis=1) == 0).all(axis=0)
    before, after = judged[order][:-1][same], judged[order][1:][same]
    stretch = after * STRATA // max(len(case.fared), 1)
    failed, fails = case.silent[before], case.silent[after]
    return np.column_stack([np.bincount(stretch, a & b, STRATA) for b in (failed, ~failed) for a in (fails, ~fails)]).astype(np.int64)


def _ordered(failing: NDArray[np.float64], passing: NDArray[np.float64]) -> float:
    """Share of the pairs (failed, accepted) in which the failed one has the shorter gap; 0 without accepted ones."""
    passing = np.sort(passing)
    return float((len(passing) - np.searchsorted(passing, failing, side="right")).mean() / len(passing)) if passing.size else 0.0


def _since_accepted(case: Case) -> NDArray[np.float64]:
    """Seconds from the last packet of the 4-tuple's latest accepted use to each SYN; 0 without: a refused SYN may be no use."""
    syn_ns, last_ns = case.rows["syn_ns"], case.rows["last_ns"]
    keys = np.stack([case.service, case.rows["sport"].astype(np.int64)])
    order = np.lexsort(keys)  # stable: attempts of a 4-tuple stay in time order
    begins = np.append(True, (np.diff(keys[:, order], axis=1) != 0).any(axis=0))
    accepted = ((case.fared == Outcome.OK) | (case.rows["synack_ns"] > 0))[order]  # a repeated SYN may have passed
    place = np.arange(len(order))
    latest = np.maximum.accumulate(np.where(accepted, place, -1))
    before = np.append(-1, latest[:-1])
    known = before >= np.maximum.accumulate(np.where(begins, place, 0))
    since = np.where(known, (syn_ns[order] - last_ns[order][before]) / 1e9, 0.0)
    out = np.empty(len(order))
    out[order] = np.maximum(since, 0.0)
    return out

"""Weighs whether one of several back ends fails: attempts fail in turn, one of every k."""

import numpy as np

from netdiag.findings.groups import positions
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "failing-back-end"
TITLE = "One of several back ends behind the service fails: attempts fail in turn"
TURNS = range(2, 9)
"""Back ends that are tried; the p-value is multiplied by the number of turns looked at."""
ATTEMPTS = 12
"""Attempts at a service needed to see turns (domain: PER-1)."""
P_VALUE = 1e-3
"""Fisher tail below which turns are no chance (domain: PER-1)."""
FAILS, PASSES = 0.9, 0.1
"""Share of failures in the turn of the failing back end at least, and in the others at most: round robin is strict, loss is not."""


def weigh(case: Case) -> Weighing:
    """In the order of attempts at a service every k-th fails, the others do not."""
    explained, best, told = 0, 1.0, "No turn of attempts stands out."
    for at in positions(np.unique(case.service[case.known], return_inverse=True)[1]):
        bad = case.bad[case.known][at]
        turn, count, p_value = _turn(bad)
        if count and p_value < P_VALUE:
            explained, best = explained + count, min(best, p_value)
            told = f"One of every {turn} attempts in turn fails: {count} of {many(int(bad.sum()), 'failure')} fall on it."
    return Weighing(
        explained=explained,
        possible=explained,  # turns that are there can be seen from every capture point
        reason=told,
        p_value=best if explained else None,
        counts={"in_turn": explained},
    )


def _turn(bad: np.ndarray) -> tuple[int, int, float]:
    """Length of the turn, failures in it and the p-value; no failures where no turn is strict."""
    found, place = (0, 0, 1.0), np.arange(len(bad))
    for k in TURNS if len(bad) >= ATTEMPTS else ():
        tried, failed = np.bincount(place % k, minlength=k), np.bincount(place % k, bad, k).astype(np.int64)
        worst = int(failed.argmax())
        mine, rest = int(failed[worst]), int(bad.sum() - failed[worst])
        others = len(bad) - int(tried[worst])
        if mine < FAILS * tried[worst] or rest > PASSES * others:
            continue
        p_value = min(1.0, sum(TURNS) * fisher_exact(mine, int(tried[worst]) - mine, rest, others - rest))
        found = min(found, (k, mine, p_value), key=lambda one: one[2])
    return found

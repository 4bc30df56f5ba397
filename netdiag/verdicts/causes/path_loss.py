"""Weighs whether the path drops certain flows for ever: one broken member of a bundle, a bad hash bucket."""

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.outcome import Outcome
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "path-loss"
TITLE = "A part of the path drops the same flows again and again"

LOST = 0.5
"""How much an unacknowledged ClientHello counts: an overloaded server looks the same from here."""


def weigh(case: Case) -> Weighing:
    """A 4-tuple that failed in silence fails again, others never do; or ClientHellos are lost beyond an open connection."""
    silent, ok = case.silent, case.fared == Outcome.OK
    tuples = np.stack([case.service, case.rows["sport"].astype(np.int64)])[:, silent | ok]
    failed = silent[silent | ok]
    order = np.lexsort(tuples)  # stable: attempts of a 4-tuple stay in time order
    again = (np.diff(tuples[:, order], axis=1) == 0).all(axis=0)
    before, after = failed[order][:-1][again], failed[order][1:][again]
    cells = [int((a & b).sum()) for b in (before, ~before) for a in (after, ~after)]
    lost, partly = int(case.unheard.sum()), int(case.partly.sum())
    p_value = fisher_exact(*cells)
    never = _never(tuples, failed)
    stuck = never if cells[1] == 0 and ok.any() and not case.dead.all() else 0
    retried = f"{cells[0]} of {cells[0] + cells[1]} retries of the same 4-tuple failed, after a success {cells[2]} of {cells[2] + cells[3]}"
    some = f", {partly} of them but for a first part" if partly else ""
    return Weighing(
        explained=stuck + lost,
        possible=int(silent.sum()) + lost,
        sure=(stuck * (1 - p_value) + LOST * (lost - partly) + partly) / max(1, stuck + lost),
        reason=f"After a failure {retried}; {many(lost, 'ClientHello')} {were(lost)} never acknowledged{some}.",
        p_value=p_value if cells[0] and not lost else None,
        counts={"failed_again": cells[0], "recovered": cells[1], "client_hello_lost": lost, "partly": partly},
    )


def _never(tuples: NDArray[np.int64], failed: NDArray[np.bool_]) -> int:
    """Repeated failures of 4-tuples that were never accepted: one that worked before is not dropped by the path's choice of member."""
    _, which = np.unique(tuples, axis=1, return_inverse=True)
    which = which.reshape(-1)
    lost, every = np.bincount(which, failed), np.bincount(which)
    return int((lost[lost == every] - 1).clip(min=0).sum())

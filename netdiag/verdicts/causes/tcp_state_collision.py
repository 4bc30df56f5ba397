"""Weighs whether old connections' state rejected the SYNs of reused ports."""

from netdiag.findings.outcome import Outcome
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "tcp-state-collision"
TITLE = "Reused source ports meet the state of older connections"


def weigh(case: Case) -> Weighing:
    """Wrong ACKs are proof by themselves; the test asks whether reused ports fail more than fresh ones."""
    rejected, reused = case.fared == Outcome.WRONG_ACK, case.reused
    known = case.known
    bad_reused, reuses = int((case.failed & reused & known).sum()), int((reused & known).sum())
    bad_fresh, fresh = int((case.failed & ~reused & known).sum()), int((~reused & known).sum())
    count = int(rejected.sum())
    p_value = fisher_exact(bad_reused, reuses - bad_reused, bad_fresh, fresh - bad_fresh)
    answered = f"{many(count, 'SYN')} {were(count)}" if count else "No SYN was"
    reason = (
        f"{answered} answered with an older connection's numbers; "
        f"{bad_reused:,} of {many(reuses, 'reused port')} failed, {bad_fresh:,} of {fresh:,} fresh."
    )
    counts = {"rejected": count, "reused_failed": bad_reused, "reused": reuses, "fresh_failed": bad_fresh, "fresh": fresh}
    return Weighing(
        explained=count, possible=int((case.failed & reused).sum()), reason=reason, p_value=None if not reuses else p_value, counts=counts
    )

"""Weighs whether something blocked the source as a whole: a flood control's penalty or limit."""

from netdiag.findings.finding import Finding
from netdiag.findings.portrules import BY_PORT
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "per-source-penalty"
TITLE = "A flood control blocks or limits the source"
RIVAL = 0.5
"""How much it counts at most if a cool-down explains the same: that needs one number, a penalty a limit and a window, too."""

MET = 0.9
"""Share of a source's attempts amid the failures that failed, as `blocked_share` of flood-control-trip has it."""
P_VALUE = 1e-3
"""Fisher tail below which a source fails while others do not."""
CHOSEN = 0.5
"""How much that counts: by what the sources are chosen, it does not tell."""


def weigh(case: Case) -> Weighing:
    """Trips found by flood-control-trip; the test asks whether failures lie within the blocked time."""
    trips = [f for f in case.findings if f.code == "ND301" and f.metrics["mechanism"] != "syn-proxy"]
    fresh = int((case.failed & ~case.reused).sum())
    if not trips:
        return _met(case) or Weighing(
            explained=0,
            possible=int(case.failed.sum()),
            reason=f"No blocked stretch stands out; {fresh:,} of {many(int(case.failed.sum()), 'failure')} came from fresh ports.",
        )
    if all(f.metrics.get("keyed_by") in BY_PORT for f in trips):
        return _port_by_port(case, trips)
    syn_ns = case.rows["syn_ns"]
    inside = (syn_ns >= min(f.start_ns for f in trips)) & (syn_ns <= max(f.end_ns for f in trips))
    failed, known = case.failed, case.known
    cells = [int((a & b & known).sum()) for b in (inside, ~inside) for a in (failed, ~failed)]
    blocked, mechanisms = sum(f.metrics["blocked"] for f in trips), ", ".join(sorted({f.metrics["mechanism"] for f in trips}))
    reason = (
        f"{many(blocked, 'attempt')} {were(blocked)} blocked ({mechanisms}), {fresh} of all failures from fresh ports; "
        f"{cells[0]} of {many(cells[0] + cells[1], 'attempt')} failed within that time, {cells[2]} of {cells[2] + cells[3]} outside; "
        f"{case.elsewhere}."
    )
    return Weighing(
        explained=blocked,
        possible=int(case.failed.sum()),
        reason=reason,
        p_value=fisher_exact(*cells) if cells[2] + cells[3] else None,
        sure=max(f.confidence for f in trips),
        counts={"blocked": blocked, "inside_failed": cells[0], "inside": cells[0] + cells[1], "outside_failed": cells[2]},
    )


def _met(case: Case) -> Weighing | None:
    """Too few attempts for a trip of its own, but all that it made amid the failures failed, and sources beside it were spared."""
    amid, failed = case.amid, case.failed
    inside, lost = int(amid.sum()), int((amid & failed).sum())
    p_value = fisher_exact(lost, inside - lost, 0, case.spared)
    if not case.spared or lost < MET * inside or p_value >= P_VALUE:
        return None
    return Weighing(
        explained=lost,
        possible=int(failed.sum()),
        reason=f"{lost} of {many(inside, 'attempt')} failed amid the failures of others; {case.elsewhere}: "
        "what blocks them chooses its sources.",
        p_value=p_value,
        sure=CHOSEN,
        counts={"inside_failed": lost, "inside": inside, "spared": case.spared},
    )


def _port_by_port(case: Case, trips: list[Finding]) -> Weighing:
    """A control that counts by port; where a cool-down of ports tells as much, it is as likely as the test of the two says."""
    facts = [f.metrics for f in trips]
    blocked, attempts = sum(one["blocked"] for one in facts), sum(one["attempts"] for one in facts)
    counted = all(one["penalty_kind"] == "fixed" for one in facts)
    wrong, others = (sum(one[name] or 0 for one in facts) for name in ("contradicting", "rival_contradicting"))
    here, there = (wrong, others) if counted else (others, wrong)
    return Weighing(
        explained=blocked,
        possible=int(case.failed.sum()),
        reason=f"{many(blocked, 'attempt')} {were(blocked)} blocked port by port: that a port is blocked for a fixed time after too many "
        f"uses contradicts {here} of {many(attempts, 'attempt')}, that it is until some time after its last use {there}.",
        p_value=max(one["p_value"] for one in facts) if counted else None,
        sure=min(f.confidence for f in trips) if counted else min(RIVAL, max(one["rival_p_value"] or 0.0 for one in facts)),
        counts={"blocked": blocked, "contradicting": here},
    )

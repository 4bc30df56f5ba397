"""Weighs whether the destination accepts nobody: down, not listening, or not reachable."""

from netdiag.connections.blocks import is_in, unique
from netdiag.findings.outcome import Outcome
from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "dead-destination"
TITLE = "The destination accepts nobody: down, not listening or not reachable"


def weigh(case: Case) -> Weighing:
    """Services that answered no SYN of any source with a SYN-ACK, and ICMP errors about hosts and networks."""
    walled = is_in(case.service, case.service[case.fared == Outcome.PROHIBITED])  # a firewall speaks there, and is silent at times
    dead = case.failed & case.dead & ~walled & (case.fared != Outcome.WRONG_ACK)
    unreachable = int((case.fared == Outcome.UNREACHABLE).sum())
    count = int((dead | (case.fared == Outcome.UNREACHABLE)).sum())
    refused = int((case.fared[dead] == Outcome.RESET).sum())
    services = len(unique(case.service[dead]))
    return Weighing(
        explained=count,
        possible=count,
        reason=f"{many(int(dead.sum()), 'attempt')} went to {many(services, 'service')} that accepted nobody in the capture "
        f"({refused} {were(refused)} refused); "
        f"{unreachable} drew an ICMP error.",
        counts={"to_dead_services": int(dead.sum()), "refused": refused, "unreachable": unreachable},
    )

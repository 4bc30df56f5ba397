"""Weighs whether the server could not take more connections from anybody."""

from netdiag.findings.significance import fisher_exact
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "server-overload"
TITLE = "The server is overloaded: its accept queue is full"
OTHERS = 5
"""Attempts of other sources needed to compare."""


def weigh(case: Case) -> Weighing:
    """Other sources fail as much, or handshakes complete and then nothing that the client says is acknowledged."""
    failed, attempts = int((case.failed & ~case.dead).sum()), int((case.known & ~case.dead).sum())
    lost = int((case.phase == "client-hello-lost").sum())
    share = case.others_failed / case.others if case.others else 0.0
    shared = min(failed, share * attempts) if case.others >= OTHERS else 0.0
    p_value = fisher_exact(failed, attempts - failed, case.others_failed, case.others - case.others_failed)
    compared = (
        f"{case.others_failed} of {case.others} attempts by other sources failed" if case.others else "no other source is in the capture"
    )
    return Weighing(
        explained=shared + 0.8 * lost,
        reason=f"{lost} connections were accepted and then no byte was acknowledged; {compared}, {failed} of {attempts} by this one.",
        counts={
            "client_hello_lost": lost,
            "others_failed": case.others_failed,
            "others": case.others,
            "worse_than_others": int(p_value < 1e-3),
        },
    )

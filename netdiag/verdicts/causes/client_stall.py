"""Weighs whether the client itself stopped in the handshake."""

from netdiag.findings.wording import many
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "client-stall"
TITLE = "The client does not go on with the handshake"


def weigh(case: Case) -> Weighing:
    """The server's flight was acknowledged, then the client was silent."""
    stuck = int((case.phase == "no-client-finish").sum())
    return Weighing(
        explained=stuck,
        possible=int(case.stalled.sum()),
        reason=f"{many(stuck, 'stalled handshake')} waited for the client, which had the server's flight.",
        counts={"waiting_for_client": stuck},
    )

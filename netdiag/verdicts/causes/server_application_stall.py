"""Weighs whether the server's application stopped although its network stack answers."""

import numpy as np

from netdiag.findings.wording import many
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "server-application-stall"
TITLE = "The server's application does not go on with the handshake"
PHASES = ("no-server-hello", "server-flight-stopped", "no-server-finish")


def weigh(case: Case) -> Weighing:
    """What the client sent was acknowledged, then silence."""
    stuck = int(np.isin(case.phase, PHASES).sum())
    reason = f"{stuck} of {many(int(case.stalled.sum()), 'stalled handshake')} waited for a server that had acknowledged everything."
    return Weighing(explained=stuck, possible=int(case.stalled.sum()), reason=reason, counts={"waiting_for_server": stuck})

"""Weighs whether the server could not take more connections from anybody."""

import numpy as np

from netdiag.findings.outcome import Outcome
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "server-overload"
TITLE = "The server is overloaded: its accept queue is full"
OTHERS = 5
"""Attempts of other sources needed to compare."""
LOSS = 0.1
"""Failures of others that mean nothing: a SYN fails as often where 5 % of the packets are lost each way."""
LOST = 0.8
"""How much an unacknowledged ClientHello counts: loss on the path looks the same, but seldom lets the handshake pass."""
HEARD = 0.1
"""And how much where the server did not repeat its SYN-ACK, as it does for a connection that its queue has no room for."""
SPARED = 0.1
"""How much a failed SYN counts if others fail as much but some sources never do amid those failures: a full queue spares nobody."""
ALONE = 0.1
"""How much a failed SYN counts if no other source tells whether the server served anybody then."""


def weigh(case: Case) -> Weighing:
    """Other sources fail as much, or handshakes complete and then nothing that the client says is acknowledged."""
    failed, attempts = int((case.failed & ~case.dead).sum()), int((case.known & ~case.dead).sum())
    lost = int((case.unheard & ~case.partly).sum())
    heard = int((case.heard & ~case.partly).sum())
    share = case.others_failed / case.others if case.others else 0.0
    shared = min(failed, share * attempts) if case.others >= OTHERS and share > LOSS else 0.0
    quiet = int((np.isin(case.fared, (Outcome.SILENT, Outcome.RESET)) & ~case.dead).sum())
    alone = quiet if case.others < OTHERS else 0
    alike = SPARED if case.spared else 1.0
    p_value = fisher_exact(failed, attempts - failed, case.others_failed, case.others - case.others_failed)
    once = f" (the SYN-ACK of {heard} {were(heard)} not repeated, as a full queue would have it)" if heard else ""
    return Weighing(
        explained=shared + alone + lost,
        possible=quiet + int(case.stalled.sum()),
        sure=(alike * shared + ALONE * alone + LOST * (lost - heard) + HEARD * heard) / max(1.0, shared + alone + lost),
        reason=f"{many(lost, 'connection')} {were(lost)} accepted and then no byte was acknowledged{once}; "
        f"{case.elsewhere}, {failed} of {attempts} by this one.",
        counts={
            "client_hello_lost": lost,
            "others_failed": case.others_failed,
            "others": case.others,
            "worse_than_others": int(p_value < 1e-3),
        },
    )

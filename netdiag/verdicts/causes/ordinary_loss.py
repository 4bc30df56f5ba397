"""Weighs whether the failures are no more than packet loss gives."""

import numpy as np

from netdiag.findings.outcome import Outcome
from netdiag.findings.significance import binomial_tail, fisher_exact
from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "ordinary-loss"
TITLE = "Ordinary packet loss, independent of port, time and source"
COUNTED = ("packets_out", "packets_in", "retrans_out", "retrans_in", "syn_count", "synack_count")
LEAST = 0.001
"""Loss that any path may have even where the capture shows none."""

TRANSPORT = ("client-hello-lost", "server-flight-lost")
"""Phases that end with a retransmission: if they end, it was loss."""


def weigh(case: Case) -> Weighing:
    """A SYN or its answer is lost as often as data is retransmitted; more failures than that need another cause.

    The test compares two shares, each with its own uncertainty: failures among SYNs and their answers (two packets per attempt), and
    retransmissions among the packets of healthy connections; or, where these are too few to tell, the loss that any path may have.
    """
    spoke = ~case.bad & ((case.rows["bytes_out"] > 0) | (case.rows["bytes_in"] > 0))
    rows = {name: case.rows[name][spoke].astype(np.int64) for name in COUNTED}
    sent = int((rows["packets_out"] + rows["packets_in"]).sum())
    handshakes = int(np.maximum(rows["syn_count"] + rows["synack_count"] - 2, 0).sum())
    repeated = max(0, int((rows["retrans_out"] + rows["retrans_in"]).sum()) - handshakes)
    rate = max(LEAST, repeated / sent if sent else 0.0)
    bad, attempts = int(((case.fared == Outcome.SILENT) | case.stalled).sum()), len(case.rows)
    mended = int((case.recovered & np.isin(case.phase, TRANSPORT)).sum())
    chance = min(1.0, 2 * rate)
    more = fisher_exact(bad, 2 * attempts - bad, repeated, sent - repeated) if sent else 0.0
    p_value = max(binomial_tail(bad, attempts, 2 * LEAST), more)
    return Weighing(
        explained=min(bad, chance * attempts + mended),
        possible=int(bad * p_value) + mended,
        reason=f"{repeated:,} of {many(sent, 'packet')} of healthy connections that carried data {were(repeated)} retransmitted, "
        f"which would let about {chance * attempts:.2g} of {many(attempts, 'attempt')} fail in silence; {bad} did "
        f"(chance of so many: {p_value:.2g}), {mended} of them until a retransmission arrived.",
        counts={"retransmitted": repeated, "packets": sent},
    )

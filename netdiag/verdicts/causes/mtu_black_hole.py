"""Weighs whether full-size segments of the server are lost: a path-MTU black hole."""

from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "mtu-black-hole"
TITLE = "The path drops the server's full-size packets"
REPEATED = 2
"""Retransmissions that were lost too: one may be ordinary loss."""
ONCE = 0.3
"""How much a flight counts that was not repeated so often: loss or a capture that ended early look the same."""


def weigh(case: Case) -> Weighing:
    """The server's flight is sent and repeated, and never acknowledged."""
    flight = case.phase == "server-flight-lost"
    again = flight & (case.rows["retrans_in"].to_numpy() >= REPEATED)
    too_big = int((case.rows["too_bigs"].to_numpy() > 0).sum())
    return Weighing(
        explained=int(flight.sum()),
        possible=int(case.stalled.sum()),
        sure=(float(again.sum()) + ONCE * float((flight & ~again).sum())) / max(1, int(flight.sum())),
        reason=f"{int(again.sum())} of {many(int(flight.sum()), 'unacknowledged server flight')} {were(int(again.sum()))} "
        f"repeated in vain; {many(too_big, 'connection')} got a path-MTU report.",
        counts={"server_flight_lost": int(flight.sum()), "repeated": int(again.sum()), "too_big": too_big},
    )

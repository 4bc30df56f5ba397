"""Weighs whether full-size segments of the server are lost: a path-MTU black hole."""

from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "mtu-black-hole"
TITLE = "The path drops the server's full-size packets"
REPEATED = 2
"""Retransmissions that were lost too: one may be ordinary loss."""


def weigh(case: Case) -> Weighing:
    """The server's flight is sent and repeated, and never acknowledged."""
    flight = case.phase == "server-flight-lost"
    again = flight & (case.rows["retrans_in"].to_numpy() >= REPEATED)
    too_big = int((case.rows["too_bigs"].to_numpy() > 0).sum())
    return Weighing(
        explained=float(again.sum()) + 0.3 * float((flight & ~again).sum()),
        reason=f"{int(again.sum())} of {int(flight.sum())} unacknowledged server flights were repeated in vain; "
        f"{too_big} connections got a path-MTU report.",
        counts={"server_flight_lost": int(flight.sum()), "repeated": int(again.sum()), "too_big": too_big},
    )

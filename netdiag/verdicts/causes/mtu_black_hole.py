"""Weighs whether full-size segments of the server are lost: a path-MTU black hole."""

import numpy as np

from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "mtu-black-hole"
TITLE = "The path drops the server's full-size packets"
REPEATED = 2
"""Retransmissions that were lost too: one may be ordinary loss."""
ONCE = 0.3
"""How much a flight counts that was not repeated so often: loss or a capture that ended early look the same."""
DELIVERED = 0.3
"""And all of them if segments as large as the lost ones came through to the same source: size is not what decides."""
ETHERNET_MSS = 1460
"""Where no MSS is known, larger segments were merged by offload (RFC 9293 3.7.1, over Ethernet and IPv4)."""


def weigh(case: Case) -> Weighing:
    """The server's flight is sent and repeated, and never acknowledged; what is lost is larger than what is delivered."""
    rows, flight = case.rows, case.phase == "server-flight-lost"
    again = flight & (rows["retrans_in"] >= REPEATED)
    mss = rows["syn_mss"].astype(np.int64)
    sizes = {name: rows[f"{name}_in"].astype(np.int64) for name in ("repeated", "delivered")}
    lost = sizes["repeated"][flight & (sizes["repeated"] > 0)]
    smallest = int(lost.min(initial=np.iinfo(np.int64).max)) if lost.size else 0
    largest = int(np.minimum(sizes["delivered"], np.where(mss > 0, mss, ETHERNET_MSS)).max(initial=0))
    through = DELIVERED if 0 < smallest <= largest else 1.0
    too_big = int((rows["too_bigs"] > 0).sum())
    others = f"of up to {largest:,} delivered" if largest else "no whole flight was delivered"
    compared = f"segments of {smallest:,} bytes and more were lost again and again, {others}; " if smallest else ""
    return Weighing(
        explained=int(flight.sum()),
        possible=int(case.stalled.sum()),
        sure=through * (float(again.sum()) + ONCE * float((flight & ~again).sum())) / max(1, int(flight.sum())),
        reason=f"{int(again.sum())} of {many(int(flight.sum()), 'unacknowledged server flight')} {were(int(again.sum()))} "
        f"repeated in vain; {compared}{many(too_big, 'connection')} got a path-MTU report.",
        counts={
            "server_flight_lost": int(flight.sum()),
            "repeated": int(again.sum()),
            "smallest_lost": smallest,
            "largest_delivered": largest,
            "too_big": too_big,
        },
    )

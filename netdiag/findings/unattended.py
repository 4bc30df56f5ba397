"""Tells SYNs that nobody waited for: a host acts on whatever becomes of its SYN, a forged address does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import unique
from netdiag.findings.significance import poisson_tail

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

PORTS = 64512
"""Source ports that a forger chooses from: all but the system ports."""
LEAST = 5
"""SYNs without any sequel that show that nobody sent them: a host whose programs give up at once may leave a few."""
P_VALUE = 1e-4
"""Poisson tail below which forged SYNs do not hit so many ports in use: one in ten thousand sources by chance."""


def unattended(
    rows: Columns, rejected: NDArray[np.bool_], accepted: NDArray[np.int64], last_ns: int, reaction_s: float
) -> NDArray[np.bool_]:
    """Rejected attempts that were neither accepted, nor repeated, nor reset, though there was time, and that chance explains.

    A TCP that gets an answer with wrong numbers resets it (RFC 9293 section 3.10.7.3), and one that gets none repeats its SYN. If the
    source does so elsewhere, forged SYNs that bear its address hit a port in use by chance: more hits than that are its own.

    Parameters
    ----------
    rows : Columns
        All attempts of a source to a service: `sport`, `syn_ns`, `syn_count`, `packets_out`, `wrong_ack_rsts`.
    rejected : bool array
        Those that are asked about.
    accepted : int64 array
        When each, or its retry from another port, was accepted (`retries.accepted_ns`); 0 for never.
    last_ns : int
        End of the capture.
    reaction_s : float
        By when a host has acted.
    """
    alone = (rows["packets_out"] <= 1) & (rows["syn_count"] == 1) & (rows["wrong_ack_rsts"] == 0)
    given = last_ns - rows["syn_ns"] >= reaction_s * 1e9
    nobodys: NDArray[np.bool_] = rejected & alone & given & (accepted == 0)
    if alone.all():  # it never did anything but send SYNs: there is no host, if it had time to show itself
        return rejected & alone if given.sum() >= LEAST else nobodys
    hits = poisson_tail(int(nobodys.sum()), int(alone.sum()) * len(unique(rows["sport"])) / PORTS)
    return nobodys & (hits >= P_VALUE)

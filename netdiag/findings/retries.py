"""Follows a connection attempt from port to port: a NAT may send a client's next SYN from another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.groups import group_codes

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

RETRIES = 6
"""Retransmissions of a SYN that are followed from port to port: Linux's default (tcp_syn_retries)."""


def accepted_ns(attempts: Columns) -> NDArray[np.int64]:
    """When each attempt, or its retry from another port, was accepted; 0 for never.

    A NAT that dropped its mapping sends the client's next retransmission from another port: the same initial sequence
    number, and a timestamp that advanced with the clock (1 kHz, RFC 7323 section 5.4).

    Parameters
    ----------
    attempts : Columns
        Rows of `Tables.columns`, in any order.

    Returns
    -------
    int64 array, ns since the epoch per row
    """
    pair = group_codes(attempts)
    order = np.lexsort((attempts["id"], attempts["syn_ns"], attempts["isn_out"], pair))
    pair = pair[order]
    isn, syn_ns, tsval, synack_ns = (attempts[name][order] for name in ("isn_out", "syn_ns", "syn_tsval", "synack_ns"))
    elapsed_s, ticks_s = np.diff(syn_ns) / 1e9, (tsval[1:] - tsval[:-1]).astype(np.int32) / 1e3
    clock = (ticks_s > 0) & (abs(ticks_s - elapsed_s) < 0.05 + 0.1 * elapsed_s)
    retried = np.append((pair[1:] == pair[:-1]) & (isn[1:] == isn[:-1]) & clock, [False])
    accepted = synack_ns
    for _ in range(RETRIES):
        accepted = np.where((accepted == 0) & retried, np.append(accepted[1:], 0), accepted)
    out = np.empty_like(accepted)
    out[order] = accepted
    return out

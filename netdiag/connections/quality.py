"""Counts connections that the capture does not show as they were: from one side only, from the middle, with bytes missing, or twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netdiag.connections.blocks import values
from netdiag.connections.connection import Mark

if TYPE_CHECKING:
    import pandas as pd

TWICE_NS = 5_000_000
"""A NAT passes a SYN on within this time."""


def one_sided(connections: pd.DataFrame) -> int:
    """Connections of which the other side must have spoken, though no packet of it was captured.

    A SYN alone is no such case: nobody may have answered it. Packets after the handshake, or a responder without an originator, are.
    """
    marks = connections["marks"].to_numpy()
    out, back = (marks & Mark.SEEN_OUT) > 0, (marks & Mark.SEEN_IN) > 0
    spoke_on = (connections["ack_ns"].to_numpy() > 0) | ((marks & Mark.PARTIAL) > 0)
    return int((back & ~out).sum() + (out & ~back & spoke_on).sum())


def begun_before(connections: pd.DataFrame) -> int:
    """Connections whose SYN is not in the capture."""
    return int(connections["partial"].sum())


def unseen_data(connections: pd.DataFrame) -> int:
    """Connections of which one side acknowledged bytes that the capture does not hold."""
    return int(((connections["marks"].to_numpy() & (Mark.GAP_OUT | Mark.GAP_IN)) > 0).sum())


def translated(connections: pd.DataFrame) -> int:
    """Connections that the capture holds before and behind a NAT: the same initial sequence number and timestamp, other addresses."""
    at = np.flatnonzero((connections["syn_ns"].to_numpy() > 0) & (connections["syn_tsval"].to_numpy() > 0))
    keys = connections["isn_out"].to_numpy()[at].astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= connections["syn_tsval"].to_numpy()[at]
    ordered = np.sort(keys)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not twice.size:  # nearly always
        return 0
    shared = np.isin(keys, twice)
    at, keys = at[shared], keys[shared]
    syn_ns = connections["syn_ns"].to_numpy()[at]
    order = np.lexsort((syn_ns, keys))
    alike = (np.diff(syn_ns[order]) < TWICE_NS) & (keys[order][1:] == keys[order][:-1])
    src, dst = (values(connections, name)[at[order]] for name in ("src", "dst"))
    return int((alike & ((src[1:] != src[:-1]) | (dst[1:] != dst[:-1]))).sum())

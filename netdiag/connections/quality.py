"""Counts connections that the capture does not show as they were: from one side only, from the middle, with bytes missing, or twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import in_blocks, is_in, unique
from netdiag.connections.connection import Mark

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

TWICE_NS = 5_000_000
"""A NAT passes a SYN on within this time."""


def one_sided(connections: Columns) -> int:
    """Connections of which the other side must have spoken, though no packet of it was captured.

    A SYN alone is no such case: nobody may have answered it. Packets after the handshake, or a responder without an originator, are.
    """
    marks = connections["marks"]
    out, back = (marks & Mark.SEEN_OUT) > 0, (marks & Mark.SEEN_IN) > 0
    spoke_on = (connections["ack_ns"] > 0) | ((marks & Mark.PARTIAL) > 0)
    return int((back & ~out).sum() + (out & ~back & spoke_on).sum())


def begun_before(connections: Columns) -> int:
    """Connections whose SYN is not in the capture."""
    return int(connections["partial"].sum())


def unseen_data(connections: Columns) -> int:
    """Connections of which one side acknowledged bytes that the capture does not hold."""
    return int(((connections["marks"] & (Mark.GAP_OUT | Mark.GAP_IN)) > 0).sum())


def translated(connections: Columns) -> int:
    """Connections that the capture holds before and behind a NAT: the same initial sequence number and timestamp, other addresses."""
    every = np.concatenate([np.zeros(0, np.uint64), *(keys for _, keys in _syns(connections))])
    every.sort()
    twice = unique(every[1:][every[1:] == every[:-1]])
    del every
    if not twice.size:  # nearly always
        return 0
    shared = [(at[own], keys[own]) for at, keys in _syns(connections) for own in [is_in(keys, twice)]]
    at, keys = (np.concatenate(parts) for parts in zip(*shared, strict=True))
    syn_ns = connections["syn_ns"][at]
    order = np.lexsort((syn_ns, keys))
    alike = (np.diff(syn_ns[order]) < TWICE_NS) & (keys[order][1:] == keys[order][:-1])
    src, dst = (connections[name][at[order]] for name in ("src", "dst"))
    return int((alike & ((src[1:] != src[:-1]) | (dst[1:] != dst[:-1]))).sum())


def _syns(connections: Columns) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    """Block by block, positions of attempts with a timestamp, and what is the same on both sides of a NAT."""
    for part, column in in_blocks(connections, ("syn_ns", "syn_tsval", "isn_out")):
        own = np.flatnonzero((column["syn_ns"] > 0) & (column["syn_tsval"] > 0))
        yield part.start + own, column["isn_out"][own].astype(np.uint64) << np.uint64(32) | column["syn_tsval"][own]

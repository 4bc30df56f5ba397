"""Counts connections that the capture shows from one side only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netdiag.connections.connection import Mark

if TYPE_CHECKING:
    import pandas as pd


def one_sided(connections: pd.DataFrame) -> int:
    """Connections of which the other side must have spoken, though no packet of it was captured.

    A SYN alone is no such case: nobody may have answered it. Packets after the handshake, or a responder without an originator, are.
    """
    marks = connections["marks"].to_numpy()
    out, back = (marks & Mark.SEEN_OUT) > 0, (marks & Mark.SEEN_IN) > 0
    spoke_on = (connections["ack_ns"].to_numpy() > 0) | ((marks & Mark.PARTIAL) > 0)
    return int((back & ~out).sum() + (out & ~back & spoke_on).sum())

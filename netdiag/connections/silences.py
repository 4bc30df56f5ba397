"""Finds times without a packet, and tells which of them are holes in the capture.

A quiet second is nothing. It is a hole if what happened meanwhile is missing: connections that were open before it went on after it
with bytes that the capture does not hold, or others were first seen then, in the middle. So look a mirror port that lost its feed,
a capture that was stopped and started, and a ring file that is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.connection import Mark

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

LEAST_NS = 1_000_000_000
"""A shorter silence hides no answer for as long as it would be waited for (the initial time-out of RFC 6298)."""
MOST = 256
"""Silences that are kept, the longest."""
TORN = 2
"""Connections across it that must miss bytes: one may have lost a packet by itself."""
SHARE = 0.5
"""And their share of all that went on after it."""
ENTERED = 5
"""Or connections that must be first seen within a second after it, in the middle..."""
OFTEN = 10.0
"""...and how many times more than in any other second: idle connections wake up now and then (5 for 0.5 expected: 1 in 6000)."""
STARTS = 10.0
"""Or one of these, or one handshake that was under way, suffices if so many connections would have begun meanwhile at the usual rate
(that none does is chance once in 20,000)..."""
SECONDS = 5
"""Other seconds needed to say what is usual."""
ALIKE = 2
"""...and no more silences of at least half its length are in the capture: traffic that comes in bursts pauses often."""


class Silences:
    """The longest times between two packets in capture order."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._found: list[tuple[int, int]] = []

    def feed(self, times_ns: NDArray[np.int64]) -> None:
        """Packets that follow those fed before."""
        if not times_ns.size:
            return
        before = int(times_ns[0]) if self._last is None else self._last
        self._last = int(times_ns[-1])
        if int(times_ns.max()) - min(int(times_ns.min()), before) < LEAST_NS:
            return  # nearly always: no need to look at every packet
        begins = np.concatenate([[before], times_ns[:-1]])
        at = np.flatnonzero(times_ns - begins >= LEAST_NS)
        if at.size:
            self._found += zip(begins[at].tolist(), times_ns[at].tolist(), strict=True)
            self._found = sorted(self._found, key=lambda one: (one[0] - one[1], one))[:MOST]

    def spans(self) -> list[tuple[int, int]]:
        """Last packet before and first after each, in time order."""
        return sorted(self._found)


def holes(connections: Columns, silences: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Those silences in which packets must be missing."""
    if not silences or not len(connections):
        return ()
    first, last = connections["first_ns"], connections["last_ns"]
    begun, ended = int(first.min()), int(last.max())
    torn = (connections["marks"] & (Mark.GAP_OUT | Mark.GAP_IN)) > 0
    middle = connections["partial"] & (connections["prev_id"] < 0) & (first > begun + LEAST_NS)
    usually = _starts(first - begun, ended - begun, sum(end - start for start, end in silences))
    lengths, found = np.sort([end - start for start, end in silences]), []
    for start, end in silences:
        across = (first <= start) & (last >= end)
        usual = (torn & ~across).sum() > SHARE * (~across).sum()  # a capture that is torn everywhere, by a filter say, has no holes
        missing = int((torn & across).sum())
        entered = int((middle & (first >= end) & (first < end + LEAST_NS)).sum())
        alike = len(lengths) - int(np.searchsorted(lengths, (end - start) // 2))
        rest_ns = max(ended - begun - (end - start), LEAST_NS)
        expected, starts = (int(middle.sum()) - entered) * LEAST_NS / rest_ns, usually * (end - start) / LEAST_NS
        clear = (missing >= TORN and missing >= SHARE * across.sum()) or entered >= max(ENTERED, OFTEN * expected)
        paused = starts >= STARTS and alike <= ALIKE and (missing + entered > 0 or _waiting(connections, start, end).any())
        if (clear or paused) and not usual:
            found.append((start, end))
    return tuple(found)


def _starts(since_ns: NDArray[np.int64], span_ns: int, silent_ns: int) -> float:
    """Connections that begin in a usual second (the median of those that are not silent): 0 where there are too few to tell."""
    seconds = (span_ns - silent_ns) // LEAST_NS
    counts = np.sort(np.unique(since_ns // LEAST_NS, return_counts=True)[1])[::-1]
    middle = int(seconds // 2)
    return float(counts[middle]) if seconds >= SECONDS and middle < len(counts) else 0.0


def _waiting(connections: Columns, start: int, end: int) -> NDArray[np.bool_]:
    """Connections of the last second before a silence that waited in it for an answer: to a SYN, or to a ClientHello."""
    names = ("syn_ns", "answer_ns", "hello_ns", "server_hello_ns", "quit_ns", "rst_out_ns", "rst_in_ns")
    syn, answer, hello, server_hello, *ends = (connections[name] for name in names)
    begun = (syn > start - LEAST_NS) & (syn <= start)
    for ended in ends:
        begun &= (ended == 0) | (ended >= end)
    pending = [(asked > 0) & (asked <= start) & ((got == 0) | (got >= end)) for asked, got in ((syn, answer), (hello, server_hello))]
    waiting: NDArray[np.bool_] = begun & (pending[0] | pending[1])
    return waiting


def near(connections: Columns, gaps: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    """Connections of which a hole may hide something: the answer to a SYN, or what an established one did meanwhile."""
    syn_ns, last = connections["syn_ns"], connections["last_ns"]
    established = (connections["ack_ns"] > 0) & (syn_ns > 0)
    fins, resets = ([connections[name] > 0 for name in names] for names in (("fin_out_ns", "fin_in_ns"), ("rst_out_ns", "rst_in_ns")))
    closed = (fins[0] & fins[1]) | resets[0] | resets[1]
    hidden = np.zeros(len(last), bool)
    for start, end in gaps:
        hidden |= (syn_ns >= start - LEAST_NS) & (syn_ns < end)
        hidden |= established & (syn_ns < end) & (last >= start - LEAST_NS) & ~(closed & (last <= start))
    return hidden

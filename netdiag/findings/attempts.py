"""Holds all connection attempts of a capture in time order, as positions: rows are fetched for those alone that somebody asks about."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import among, blocks, taken, where
from netdiag.findings.crowd import Crowd
from netdiag.findings.groups import SERVICE, counts, group_codes, ordered, positions
from netdiag.findings.outcome import Outcome, outcomes_of
from netdiag.findings.prefixes import Prefixes

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables


def in_time(connections: Columns, kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Positions of the rows that are kept, in the order of their first SYNs: mostly that of the rows."""
    at, syn_ns = where(kept), connections["syn_ns"]
    if all((np.diff(syn_ns[at[part.start : part.stop + 1]]) >= 0).all() for part in blocks(len(at))):
        return at
    return at[np.argsort(syn_ns[at], kind="stable")]


class Attempts:
    """Attempts whose first SYN is in the capture, in time order; a place is a number in that order.

    Parameters
    ----------
    tables : Tables
    blocked : sequence of Outcome
        What counts as blocked.
    """

    def __init__(self, tables: Tables, blocked: Sequence[Outcome]) -> None:
        self.columns = tables.columns
        self._syn_ns = self.columns["syn_ns"]
        self.row = in_time(self.columns, (self._syn_ns > 0) & ~self.columns["partial"])
        """Position of each in the table of connections."""
        self.fared = taken(outcomes_of(tables), self.row)
        self.accepted, self.blocked = self.fared == Outcome.OK, among(self.fared, blocked)
        self._lost = self.blocked

    def acquit(self, places: NDArray[Any]) -> None:
        """Count these as blocked no more, except among the crowd."""
        self.blocked = self.blocked.copy()
        self.blocked[places] = False

    def rows(self, places: NDArray[Any], names: Sequence[str]) -> Columns:
        """The attempts at these places: the columns `names`, `place`, `fared`, `blocked` and `accepted`."""
        facts = {"place": places, "fared": self.fared[places], "blocked": self.blocked[places], "accepted": self.accepted[places]}
        return self.columns.taken(self.row[places], names).joined(facts)

    def groups(self, keys: Sequence[str], least: int) -> tuple[list[NDArray[np.int32]], int]:
        """Places of the attempts of each group that had `least` of them blocked, and how many groups there are."""
        codes = group_codes(self.columns, keys, self.row)
        blocked = counts(codes, self.blocked, int(codes.max()) + 1)
        return positions(codes, blocked >= least), len(blocked)

    def span(self, start_ns: int, end_ns: int) -> tuple[int, int]:
        """Place of the first attempt from `start_ns` on, and of the first after `end_ns`."""
        first, after = (side(self.row, ns, key=self._syn_ns.item) for side, ns in ((bisect_left, start_ns), (bisect_right, end_ns)))
        return first, after

    @cached_property
    def service(self) -> NDArray[np.int32]:
        """Number of each one's service."""
        return group_codes(self.columns, SERVICE, self.row)

    @cached_property
    def prefixes(self) -> Prefixes:
        """Which sources are near each other."""
        return Prefixes(self.columns.texts("src"))

    @cached_property
    def _by_source(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Places in the order of their sources' addresses, and where those of each begin."""
        rank = self.prefixes.rank
        return ordered(taken(rank, taken(self.columns["src"], self.row)), len(rank))

    def around(self, source: int, first: int, after: int) -> NDArray[np.int32]:
        """Places from `first` on and before `after` of a source's attempts, and of those in the widest prefix around it."""
        places, starts = self._by_source
        begin, end = self.prefixes.around(source)
        theirs = places[starts[begin] : starts[end]]
        return np.sort(theirs[(theirs >= first) & (theirs < after)])

    @cached_property
    def crowd(self) -> Crowd:
        """How everybody's attempts fared: accepted and blocked."""
        return Crowd(self.service, self.accepted, self._lost)

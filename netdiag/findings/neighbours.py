"""Tells what a flood control counts by: how the source's neighbours and its other services fared while it was blocked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import in_blocks, is_in, unique
from netdiag.findings.prefixes import WIDEST

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.findings.attempts import Attempts

READ = ("src", "dst", "dport", "syn_ns")
LEAST = 5
"""Attempts needed to say how somebody fared: five blocked of five by a loss of 5 % is 1 in 3 million."""
SHARE = 0.9
"""Share of them that must have fared alike."""


class Neighbours:
    """Attempts in the time of a source's trouble: its own, and those of sources near it.

    Parameters
    ----------
    attempts : Attempts
        Those of all sources.
    own : Columns
        Those that are judged: of one source, to one service or to several; its columns READ, `accepted` and `blocked`.
    start_ns, end_ns : int
        First and last blocked attempt.
    """

    def __init__(self, attempts: Attempts, own: Columns, start_ns: int, end_ns: int) -> None:
        self._attempts, self._own, self._span = attempts, own, attempts.span(start_ns, end_ns)

    @cached_property
    def _prefix(self) -> int:
        """Host bits of the widest prefix around the source that was blocked as a whole, at the same services; 0 for none."""
        near = self._near.taken(self._to_services(self._near))
        far = self._far(near)
        theirs = (near["src"] != self._source) & (far > 0)
        won, lost = (np.cumsum(np.bincount(far[theirs & near[kind]], minlength=WIDEST + 1)) for kind in ("accepted", "blocked"))
        alike = np.flatnonzero((won + lost >= LEAST) & (lost >= SHARE * (won + lost)))
        return int(alike[-1]) if alike.size else 0

    @property
    def _source(self) -> int:
        """Its code."""
        return int(self._own["src"][0])

    def _those(self, span: tuple[int, int], wanted: Callable[[Mapping[str, NDArray[Any]]], NDArray[np.bool_]]) -> Columns:
        """Attempts of the source and of those near it, in a span of places, that are wanted: by their columns READ."""
        places = self._attempts.around(self._source, *span)
        found = [places[:0]]
        for part, column in in_blocks(self._attempts.columns, READ, self._attempts.row[places]):
            found.append(places[part][wanted(column)])
        return self._attempts.rows(np.concatenate(found), READ)

    @cached_property
    def _near(self) -> Columns:
        """Attempts in the time of the trouble that do not lie beside one of the source's own that was accepted."""
        known = self._own["accepted"] | self._own["blocked"]
        own_ns, blocked = (self._own[name][known] for name in ("syn_ns", "blocked"))

        def amid_blocked(column: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
            at = column["syn_ns"]
            before, after = np.searchsorted(own_ns, at, side="right") - 1, np.searchsorted(own_ns, at)
            amid: NDArray[np.bool_] = blocked[np.maximum(before, 0)] & blocked[np.minimum(after, len(blocked) - 1)]
            return amid

        return self._those(self._span, amid_blocked)

    @cached_property
    def _services(self) -> tuple[NDArray[Any], NDArray[Any]]:
        return unique(self._own["dst"]), unique(self._own["dport"])

    def _served(self, column: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
        """Which attempts went to the services that are judged."""
        hosts, ports = self._services
        return is_in(column["dst"], hosts) & is_in(column["dport"], ports)

    def _to_services(self, rows: Columns) -> NDArray[np.bool_]:
        return self._served({name: rows[name] for name in READ})

    def mates(self) -> Columns:
        """All attempts from the source's prefix to the same services, whenever they were made."""
        rows = self._those((0, len(self._attempts.row)), self._served)
        far = self._far(rows)
        return rows.taken(((far > 0) & (far <= self._prefix)) | (rows["src"] == self._source))

    def _far(self, rows: Columns) -> NDArray[np.int64]:
        """Per row, the host bits of the smallest prefix that holds the source and the row's; 0 if it would be too wide."""
        return self._attempts.prefixes.distance(self._source, rows["src"])

    def beyond(self, served: int, failing: int) -> tuple[int, int]:
        """How others fared, those in the source's prefix left out."""
        if not self._prefix:
            return served, failing
        rows = self._those(self._span, self._served)
        far = self._far(rows)
        mates = rows.taken((far > 0) & (far <= self._prefix) & (rows["src"] != self._source))
        return served - int(mates["accepted"].sum()), failing - int(mates["blocked"].sum())

    def keyed_by(self) -> str | None:
        """`prefix`, `source`, `source-and-service`, or None where nothing tells."""
        if self._prefix:
            return "prefix"
        elsewhere = self._near.taken((self._near["src"] == self._source) & ~self._to_services(self._near))
        ok, blocked = int(elsewhere["accepted"].sum()), int(elsewhere["blocked"].sum())
        if ok + blocked < LEAST:
            return None
        return "source" if blocked >= SHARE * (ok + blocked) else "source-and-service" if ok >= SHARE * (ok + blocked) else None

"""Tells what a flood control counts by: how the source's neighbours and its other services fared while it was blocked."""

from __future__ import annotations

from functools import cached_property
from ipaddress import ip_address
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

LEAST = 5
"""Attempts needed to say how somebody fared: five blocked of five by a loss of 5 % is 1 in 3 million."""
SHARE = 0.9
"""Share of them that must have fared alike."""
MOST_BITS = 129
WIDEST = {4: 16, 6: 80}
"""Host bits of the widest prefix that a device is likely to count by: a /16, a /48."""


class Neighbours:
    """Other attempts in the time of a source's trouble.

    Parameters
    ----------
    rows : DataFrame
        Attempts of all sources in time order, with `accepted` and `blocked`.
    own : DataFrame
        Those that are judged: of one source, to one service or to several.
    start_ns, end_ns : int
        First and last blocked attempt.
    """

    def __init__(self, rows: pd.DataFrame, own: pd.DataFrame, start_ns: int, end_ns: int) -> None:
        self._rows, self._own, self._span = rows, own, (start_ns, end_ns)

    @cached_property
    def _prefix(self) -> int:
        """Host bits of the widest prefix around the source that was blocked as a whole, at the same services; 0 for none."""
        near = self._near[self._served(self._near)]
        far = self._far(near)
        theirs = (near["src"] != self._source).to_numpy() & (far > 0)
        won, lost = (np.cumsum(np.bincount(far[theirs & near[kind].to_numpy()], minlength=MOST_BITS)) for kind in ("accepted", "blocked"))
        alike = np.flatnonzero((won + lost >= LEAST) & (lost >= SHARE * (won + lost)))
        return int(alike[-1]) if alike.size else 0

    @property
    def _source(self) -> str:
        return str(self._own["src"].iloc[0])

    @cached_property
    def _meanwhile(self) -> pd.DataFrame:
        """Attempts in the time of the trouble."""
        times = self._rows["syn_ns"].to_numpy()
        return self._rows.iloc[np.searchsorted(times, self._span[0]) : np.searchsorted(times, self._span[1], side="right")]

    @cached_property
    def _near(self) -> pd.DataFrame:
        """Those of them that do not lie beside one of the source's own that was accepted."""
        near = self._meanwhile
        known = self._own[self._own["accepted"] | self._own["blocked"]]
        own_ns, blocked, at = known["syn_ns"].to_numpy(), known["blocked"].to_numpy(), near["syn_ns"].to_numpy()
        before, after = np.searchsorted(own_ns, at, side="right") - 1, np.searchsorted(own_ns, at)
        kept: pd.DataFrame = near[blocked[np.maximum(before, 0)] & blocked[np.minimum(after, len(blocked) - 1)]]
        return kept

    def _served(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows went to the services that are judged."""
        served = rows["dst"].isin(self._own["dst"].unique()) & rows["dport"].isin(self._own["dport"].unique())
        return served.to_numpy(bool)

    def mates(self) -> pd.DataFrame:
        """All attempts from the source's prefix to the same services, whenever they were made."""
        rows = self._rows[self._served(self._rows)]
        far = self._far(rows)
        return rows[((far > 0) & (far <= self._prefix)) | (rows["src"] == self._source).to_numpy()]

    def _far(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """Per row, the host bits of the smallest prefix that holds the source and the row's; 0 if it would be too wide."""
        return self._distance(rows, self._source)[rows["src"].cat.codes.to_numpy()]

    @staticmethod
    def _distance(near: pd.DataFrame, source: str) -> NDArray[np.int64]:
        """Host bits of the smallest prefix that holds the source and each address (by its category); 0 if it would be too wide."""
        home, names = ip_address(source), near["src"].cat.categories
        far = np.zeros(len(names), np.int64)
        for code in np.unique(near["src"].cat.codes.to_numpy()).tolist():
            other = ip_address(str(names[code]))
            bits = (int(other) ^ int(home)).bit_length() if other.version == home.version else MOST_BITS
            far[code] = bits if bits <= WIDEST[home.version] else 0
        return far

    def beyond(self, served: int, failing: int) -> tuple[int, int]:
        """How others fared, those in the source's prefix left out."""
        rows = self._meanwhile[self._served(self._meanwhile)]
        far = self._far(rows)
        mates = rows[(far > 0) & (far <= self._prefix) & (rows["src"] != self._source).to_numpy()]
        return served - int(mates["accepted"].sum()), failing - int(mates["blocked"].sum())

    def keyed_by(self) -> str | None:
        """`prefix`, `source`, `source-and-service`, or None where nothing tells."""
        if self._prefix:
            return "prefix"
        elsewhere = self._near[(self._near["src"] == self._source).to_numpy() & ~self._served(self._near)]
        ok, blocked = int(elsewhere["accepted"].sum()), int(elsewhere["blocked"].sum())
        if ok + blocked < LEAST:
            return None
        return "source" if blocked >= SHARE * (ok + blocked) else "source-and-service" if ok >= SHARE * (ok + blocked) else None

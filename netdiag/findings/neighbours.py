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
    def _counts(self) -> dict[str, tuple[int, int]]:
        """(accepted, blocked): of the widest prefix around the source that was blocked as a whole, at the same services; of
        the source's own attempts at others."""
        times = self._rows["syn_ns"].to_numpy()
        near = self._rows.iloc[np.searchsorted(times, self._span[0]) : np.searchsorted(times, self._span[1], side="right")]
        source = str(self._own["src"].iloc[0])
        served = near["dst"].isin(self._own["dst"].unique()).to_numpy() & near["dport"].isin(self._own["dport"].unique()).to_numpy()
        mine = (near["src"] == source).to_numpy()
        accepted, blocked = near["accepted"].to_numpy(), near["blocked"].to_numpy()
        far = self._distance(near, source)[near["src"].cat.codes.to_numpy()]
        theirs = served & ~mine & (far > 0)
        won, lost = (np.cumsum(np.bincount(far[theirs & kind], minlength=MOST_BITS)) for kind in (accepted, blocked))
        alike = np.flatnonzero((won + lost >= LEAST) & (lost >= SHARE * (won + lost)))
        bits = int(alike[-1]) if alike.size else 0
        return {
            "prefix": (int(won[bits]), int(lost[bits])) if bits else (0, 0),
            "elsewhere": (int(accepted[mine & ~served].sum()), int(blocked[mine & ~served].sum())),
        }

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
        accepted, blocked = self._counts["prefix"]
        return served - accepted, failing - blocked

    def keyed_by(self) -> str | None:
        """`prefix`, `source`, `source-and-service`, or None where nothing tells."""
        (_, beside_blocked), (ok, blocked) = self._counts["prefix"], self._counts["elsewhere"]
        if beside_blocked:
            return "prefix"
        if ok + blocked < LEAST:
            return None
        return "source" if blocked >= SHARE * (ok + blocked) else "source-and-service" if ok >= SHARE * (ok + blocked) else None

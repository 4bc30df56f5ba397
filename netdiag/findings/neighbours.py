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
PREFIX_BITS = {4: 8, 6: 64}
"""Host bits of the prefix that a device is likely to count by: a /24, a /64."""


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
        """(accepted, blocked) of the neighbours' attempts to the same services, and of the source's own to others."""
        times = self._rows["syn_ns"].to_numpy()
        near = self._rows.iloc[np.searchsorted(times, self._span[0]) : np.searchsorted(times, self._span[1], side="right")]
        source = str(self._own["src"].iloc[0])
        served = near["dst"].isin(self._own["dst"].unique()).to_numpy() & near["dport"].isin(self._own["dport"].unique()).to_numpy()
        mine = (near["src"] == source).to_numpy()
        accepted, blocked = near["accepted"].to_numpy(), near["blocked"].to_numpy()
        beside = self._beside(near, source)[near["src"].cat.codes.to_numpy()] & ~mine & served
        return {
            "prefix": (int(accepted[beside].sum()), int(blocked[beside].sum())),
            "elsewhere": (int(accepted[mine & ~served].sum()), int(blocked[mine & ~served].sum())),
        }

    @staticmethod
    def _beside(near: pd.DataFrame, source: str) -> NDArray[np.bool_]:
        """Whether each address (by its category) lies in the source's prefix."""
        present = np.unique(near["src"].cat.codes.to_numpy())
        home = ip_address(source)
        names = near["src"].cat.categories
        beside = np.zeros(len(names), bool)
        bits = PREFIX_BITS[home.version]
        for code in present.tolist():
            other = ip_address(str(names[code]))
            beside[code] = other.version == home.version and int(other) >> bits == int(home) >> bits
        return beside

    def beyond(self, served: int, failing: int) -> tuple[int, int]:
        """How others fared, those in the source's prefix left out."""
        accepted, blocked = self._counts["prefix"]
        return served - accepted, failing - blocked

    def keyed_by(self) -> str | None:
        """`prefix`, `source`, `source-and-service`, or None where nothing tells."""
        (beside_ok, beside_blocked), (ok, blocked) = self._counts["prefix"], self._counts["elsewhere"]
        if beside_ok + beside_blocked >= LEAST and beside_blocked >= SHARE * (beside_ok + beside_blocked):
            return "prefix"
        if ok + blocked < LEAST:
            return None
        return "source" if blocked >= SHARE * (ok + blocked) else "source-and-service" if ok >= SHARE * (ok + blocked) else None

"""Holds the tables that detectors judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netdiag.connections.columns import Columns

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Tables:
    """Facts of one capture.

    `columns` has one row per TCP connection attempt, ordered by `id`. Columns are those of
    `connection.FIELDS` with these differences: `src`, `dst` and `icmp_from` are text addresses (IPv4 dotted) in place of
    their halves; `sni` and `alpn` are text (code -1 where none); `history` is text in place of its bits; and these are
    added, all derived: `conn_state` (text, Zeek's), `partial`, `established`, `reused` (bool: a right handshake was
    completed; an earlier incarnation of the 4-tuple is in the capture). Texts are `columns.Coded`.
    """

    columns: Columns
    first_ns: int
    """Time of the first packet of the capture; 0 for an empty one."""
    last_ns: int
    """Time of the latest packet: what is open then is censored, not failed."""
    quality: Mapping[str, int] = field(default_factory=dict)
    """Counts of what limits conclusions (reports name them): one_sided, duplicated, snaplen_cut, offload_segments,
    capture_drops, capture_holes, unseen_data, begun_before, translated, clock_steps."""
    holes: tuple[tuple[int, int], ...] = ()
    """Times in which the capture is known to miss packets: last packet before and first after, ns."""
    shared: dict[Any, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What several judges need to work out once from these facts, by who worked it out and at which thresholds; other tables begin anew."""

    @property
    def connections(self) -> pd.DataFrame:
        """`columns` as a DataFrame, its index 0..n-1; texts are categorical, missing where there is none."""
        return self.columns.frame

"""Lays findings out as a DataFrame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from netdiag.findings.finding import Finding

COLUMNS = (
    "id",
    "detector",
    "code",
    "severity",
    "confidence",
    "source",
    "destination",
    "start",
    "end",
    "summary",
    "metrics",
    "display_filter",
)


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """One row per finding, in the order given; `start` and `end` are UTC timestamps, `metrics` stays a mapping."""
    import pandas as pd

    rows = [
        (
            f.id,
            f.detector,
            f.code,
            str(f.severity),
            f.confidence,
            f.source,
            f.destination,
            pd.Timestamp(f.start_ns, unit="ns", tz="UTC"),
            pd.Timestamp(f.end_ns, unit="ns", tz="UTC"),
            f.summary,
            dict(f.metrics),
            f.display_filter,
        )
        for f in findings
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))

"""Findings as a DataFrame."""

import pandas as pd

from netdiag.findings.finding import Finding, Severity
from netdiag.findings.frame import COLUMNS, findings_frame


def test_times_keep_their_nanoseconds():
    finding = Finding(
        detector="a-b",
        code="ND999",
        severity=Severity.HIGH,
        confidence=0.5,
        source="10.0.0.1",
        destination=None,
        start_ns=1_700_000_000_123_456_789,
        end_ns=1_700_000_001_000_000_001,
        summary="it hangs",
        metrics={"n": 3},
    )
    frame = findings_frame([finding])
    assert list(frame.columns) == list(COLUMNS)
    row = frame.iloc[0]
    assert (row["id"], row["severity"], row["metrics"]) == (finding.id, "high", {"n": 3})
    assert row["start"] == pd.Timestamp(1_700_000_000_123_456_789, tz="UTC")
    assert row["end"].nanosecond == 1


def test_none():
    assert list(findings_frame([]).columns) == list(COLUMNS)

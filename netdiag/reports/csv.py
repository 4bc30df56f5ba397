"""Writes the findings as a table for spreadsheets: one row each, no cell that could run as a formula."""

from __future__ import annotations

import json
from collections.abc import Iterable

from netdiag.reports.document import Document
from netdiag.reports.report import Report, View
from netdiag.reports.table import separated

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
    "connections",
    "metrics",
    "display_filter",
)


def lines(document: Document, view: View) -> Iterable[str]:  # noqa: ARG001  the same for everybody
    """A head and one row per finding; `connections` is how many, `metrics` is JSON."""
    return separated(COLUMNS, ([_cell(finding, name) for name in COLUMNS] for finding in document["findings"]))


def _cell(finding: Document, name: str) -> object:
    value = finding[name]
    if name == "connections":
        return len(value)
    return json.dumps(value) if name == "metrics" else value


REPORT = Report(name="csv", suffix=".csv", meaning="the findings as a table, for spreadsheets", lines=lines)

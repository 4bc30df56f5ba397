"""Writes the document as one JSON object per line: the run, then each input, source, finding and suppression.

Every line has a `type`, which comes first; the other keys are those of the entry in the result document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from netdiag.reports.document import Document
from netdiag.reports.report import Report, View

LISTS = {"inputs": "input", "sources": "source", "findings": "finding", "suppressed": "suppressed"}


def lines(document: Document, view: View) -> Iterable[str]:  # noqa: ARG001  the same for everybody
    """The run's line (everything that is not a list), then one line per entry."""
    yield _line("run", {key: value for key, value in document.items() if key not in LISTS})
    for key, kind in LISTS.items():
        for entry in document[key]:
            yield _line(kind, entry)


def _line(kind: str, entry: Document) -> str:
    return json.dumps({"type": kind, **entry}, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


REPORT = Report(name="ndjson", suffix=".ndjson", meaning="one JSON object per line and finding, for pipes", lines=lines)

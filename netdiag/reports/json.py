"""Writes the document as canonical JSON: two blanks of indent, ASCII only, keys in the schema's order."""

from __future__ import annotations

import json
from collections.abc import Iterable

from netdiag.reports.document import Document
from netdiag.reports.report import Report, View


def lines(document: Document, view: View) -> Iterable[str]:  # noqa: ARG001  the same for everybody
    """The one JSON object."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False).splitlines()


REPORT = Report(name="json", suffix=".json", meaning="the whole result, for programs", lines=lines)

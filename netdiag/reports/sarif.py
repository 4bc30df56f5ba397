"""Writes SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format) for code hosts and their dashboards.

A result stands at its capture file. SARIF knows lines of texts, not frames of captures: `startLine` is the number of the
first frame that proves it, as Wireshark counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from netdiag.reports.document import Document
from netdiag.reports.note import Note, inside, notes
from netdiag.reports.report import Report, View

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST = 5000
"""Results of one run: GitHub takes 25,000 and shows 5,000."""


def lines(document: Document, view: View) -> Iterable[str]:  # noqa: ARG001  the same for everybody
    """One log with one run."""
    found = list(notes(document))[:MOST]
    rules = dict(sorted({_rule(note): note for note in found}.items()))
    driver: dict[str, Any] = {
        "name": "netdiag",
        "version": document["tool"]["version"],
        "rules": [_declared(note) for note in rules.values()],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": [_result(note, list(rules)) for note in found]}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2).splitlines()


def _rule(note: Note) -> str:
    """Checks share a rule each for expectations and goldens; a verdict has one per cause."""
    return f"verdict/{note.name}" if note.rule == "verdict" else note.rule


def _declared(note: Note) -> dict[str, Any]:
    named = note.rule if note.rule in ("expectation", "golden") else note.name
    return {"id": _rule(note), "name": named, "shortDescription": {"text": named.replace("-", " ")}}


def _result(note: Note, rules: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": _rule(note),
        "ruleIndex": rules.index(_rule(note)),
        "level": str(note.level),
        "message": {"text": f"{note.title}. {note.message}"},
        "partialFingerprints": {"netdiagIdentity/v1": note.identity},
    }
    if (path := inside(note.path)) is not None:
        where = {"artifactLocation": {"uri": quote(str(PurePosixPath(path)))}, "region": {"startLine": note.line}}
        result["locations"] = [{"physicalLocation": where}]
    return result


REPORT = Report(name="sarif", suffix=".sarif", meaning="SARIF 2.1.0, for code hosts", lines=lines)

"""Reads a document (of a result or of a check) as notes: what a code host shows beside a file, whatever its format."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from netdiag.reports.document import Document
from netdiag.reports.escape import printable


class Level(StrEnum):
    """How much a note matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


LEVELS = {"critical": Level.ERROR, "high": Level.ERROR, "medium": Level.WARNING}
"""Of a finding's severity; what is missing is a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to say about one file."""

    rule: str
    """A detector's code, `verdict`, `expectation` or `golden`."""
    name: str
    """What the rule is about: a detector's slug, a cause, a check."""
    level: Level
    title: str
    message: str
    """One or a few sentences, printable."""
    path: str
    """The file as it was named; `-` for standard input."""
    line: int
    """In a text; for a capture the number of the first frame that proves it."""
    identity: str
    """The same for the same thing tomorrow."""


def notes(document: Document) -> Iterator[Note]:
    """Everything a document has to say, the worst first."""
    return _of_check(document) if "folders" in document else _of_result(document)


def inside(path: str) -> str | None:
    """A path as seen from the root of the repository (GITHUB_WORKSPACE, or the working directory); None outside of it."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    full = Path(path).resolve()
    return full.relative_to(root).as_posix() if path != "-" and full.is_relative_to(root) else None


def _of_result(document: Document) -> Iterator[Note]:
    first = document["inputs"][0]["path"] if document["inputs"] else "-"
    for entry in document["sources"]:
        if verdict := entry["verdict"]:
            yield Note(
                rule="verdict",
                name=verdict["cause"],
                level=Level.ERROR,
                title=printable(f"{entry['source']}: {verdict['cause']}"),
                message=printable(verdict["summary"]),
                path=first,
                line=1,
                identity=f"verdict/{verdict['cause']}/{entry['source']}",
            )
    for finding in document["findings"]:
        proof = finding["evidence"][0] if finding["evidence"] else {"file": 0, "frame": 1}
        yield Note(
            rule=finding["code"],
            name=finding["detector"],
            level=LEVELS.get(finding["severity"], Level.NOTE),
            title=printable(f"{finding['detector']} ({finding['severity']}): {finding['source']}"),
            message=printable(finding["summary"]),
            path=document["inputs"][proof["file"]]["path"] if proof["file"] < len(document["inputs"]) else first,
            line=max(proof["frame"], 1),
            identity=finding["id"],
        )


def _of_check(document: Document) -> Iterator[Note]:
    for folder in document["folders"]:
        for check in folder["checks"]:
            for one in check["differences"]:
                yield Note(
                    rule="expectation" if check["line"] else "golden",
                    name=printable(check["name"]),
                    level=Level.ERROR,
                    title=printable(f"{folder['folder']}: {check['name']}"),
                    message=printable(f"{one['path']}: expected {one['expected']}, got {one['got']}"),
                    path=check["file"],
                    line=check["line"] or 1,
                    identity=f"{check['file']}/{check['name']}/{one['path']}",
                )

"""Writes annotations for GitHub Actions: one workflow command per line, within GitHub's limits.

GitHub shows ten annotations of a level per step; what is beyond is counted in the tenth. A file outside the repository
cannot be annotated, so it is not named. See "Workflow commands for GitHub Actions" and "Usage limits" in GitHub's
documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from netdiag.reports.document import Document
from netdiag.reports.escape import printable
from netdiag.reports.headline import headline
from netdiag.reports.note import Level, Note, inside, notes
from netdiag.reports.report import Report, View

MOST = 10
"""Annotations of one level that a step may have."""
LONGEST = 2000
"""Characters of one message; an annotation is a hint, not the report."""
COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def lines(document: Document, view: View) -> Iterator[str]:  # noqa: ARG001  the same for everybody
    """Workflow commands, at most ten per level."""
    every = list(notes(document))
    if not every:
        yield f"::notice title=netdiag::{_data('All expectations hold.' if 'folders' in document else headline(document))}"
    for level, command in COMMANDS.items():
        own = [note for note in every if note.level is level]
        shown = own if len(own) <= MOST else own[: MOST - 1]
        for note in shown:
            yield f"::{command} {_properties(note)}::{_data(_clipped(note.message))}"
        if left := len(own) - len(shown):
            yield f"::{command} title=netdiag::{_data(f'... and {left:,} more; the summary of the step and --format json have them all')}"


def _properties(note: Note) -> str:
    path = inside(note.path)
    place = {"file": printable(path), "line": str(note.line)} if path else {}
    return ",".join(f"{name}={_property(value)}" for name, value in {**place, "title": note.title}.items())


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def _data(text: str) -> str:
    """The message of a command: no character in it ends the line or begins an escape."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value before the message: it must not end itself either."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


REPORT = Report(name="github", suffix=".txt", meaning="annotations for GitHub Actions", lines=lines)

"""Writes the document of a check for a person: what differs, place by place, and how many folders hold."""

from __future__ import annotations

from collections.abc import Iterator

from netdiag.findings.wording import many
from netdiag.reports.document import Document
from netdiag.reports.escape import markdown, markdown_code, printable
from netdiag.reports.report import View

MOST = 12
"""Differences of one check that are told, unless everything is asked for."""
RED, GREEN, BOLD = "31", "32", "1"


def lines(document: Document, view: View) -> Iterator[str]:
    """Folders that differ, then the sum; with `-v` every check."""
    for folder in document["folders"]:
        failed = [check for check in folder["checks"] if check["differences"]]
        if failed or view.verbose:
            sign = _paint(view, "FAIL", RED) if failed else _paint(view, "ok  ", GREEN)
            yield f"{sign} {_paint(view, printable(folder['folder']), BOLD)}"
        for check in folder["checks"] if view.verbose else failed:
            yield from _check(check, view)
        if folder["accepted"]:
            yield f"wrote {printable(folder['folder'])}/report.json"
    yield summary(document)


def summary(document: Document) -> str:
    """The whole check in one sentence."""
    folders = document["folders"]
    bad = sum(any(check["differences"] for check in folder["checks"]) for folder in folders)
    whole = f"{many(len(folders), 'capture folder')}, {many(document['checks'], 'check')}"
    return f"{whole}: {document['failed']:,} failed in {many(bad, 'folder')}." if bad else f"{whole}: all hold."


def markdown_lines(document: Document) -> Iterator[str]:
    """The check as Markdown: the sum, then a table of what differs."""
    yield from ("# netdiag check", "", f"**{markdown(summary(document))}**")
    if document["failed"]:
        yield from ("", "| folder | check | place | expected | got |", "|---|---|---|---|---|")
    for folder in document["folders"]:
        for check in folder["checks"]:
            for one in check["differences"][:MOST]:
                cells = (one["path"], one["expected"], one["got"])
                yield f"| {markdown_code(folder['folder'])} | {markdown(check['name'])} | {' | '.join(map(markdown_code, cells))} |"
            if (left := len(check["differences"]) - MOST) > 0:
                yield f"| {markdown_code(folder['folder'])} | {markdown(check['name'])} | and {left:,} more | | |"


def place(check: Document) -> str:
    """File and line that made a claim."""
    return f"{check['file']}:{check['line']}" if check["line"] else str(check["file"])


def _check(check: Document, view: View) -> Iterator[str]:
    sign = "x" if check["differences"] else "."
    yield f"  {sign} {printable(check['name'])}  ({printable(place(check))})"
    told = check["differences"] if view.verbose else check["differences"][:MOST]
    for one in told:
        yield f"      {printable(one['path'])}"
        yield f"        expected {printable(one['expected'])}"
        yield f"        got      {printable(one['got'])}"
    if left := len(check["differences"]) - len(told):
        yield f"      ... and {left:,} more; -v shows them"


def _paint(view: View, text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if view.color else text

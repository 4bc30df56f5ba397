"""Writes the differences between two results for a person, at a terminal or in a ticket."""

from __future__ import annotations

from collections.abc import Iterator

from netdiag.findings.wording import many
from netdiag.reports.document import Document
from netdiag.reports.escape import markdown, markdown_code, printable

SIGNS = {"new": "+", "gone": "-", "changed": "~"}


def headline(document: Document) -> str:
    """What differs, in one sentence."""
    if not document["different"]:
        return "No difference."
    counted = [f"{len(document[kind])} {kind}" for kind in SIGNS if document[kind]]
    findings = [f"findings: {', '.join(counted)}"] if counted else []
    verdicts = [f"{many(len(document['verdicts']), 'source')} with another verdict"] if document["verdicts"] else []
    return f"{'; '.join(findings + verdicts)}.".capitalize()


def lines(document: Document) -> Iterator[str]:
    """One line per finding and source, what changed below it."""
    yield headline(document)
    for one in document["verdicts"]:
        yield f"! {printable(one['source'])}: {one['before'] or 'no verdict'} -> {one['after'] or 'no verdict'}{_counts(one)}"
    for kind, sign in SIGNS.items():
        for one in document[kind]:
            yield f"{sign} {one['id']} {printable(one['detector'])} ({one['severity']}) {printable(_place(one))}"
            if kind != "changed":
                yield f"    {printable(one['summary'])}"
            for change in one.get("changes", ()):
                yield f"    {printable(change['path'])}: {printable(change['before'])} -> {printable(change['after'])}"


def markdown_lines(document: Document) -> Iterator[str]:
    """The same as Markdown."""
    yield from ("# netdiag diff", "", f"**{markdown(headline(document))}**")
    if document["verdicts"]:
        yield from ("", "| source | before | after |", "|---|---|---|")
    for one in document["verdicts"]:
        yield f"| {markdown_code(one['source'])} | {one['before'] or 'no verdict'} | {one['after'] or 'no verdict'} |"
    for kind in SIGNS:
        if document[kind]:
            yield from ("", f"## {kind.capitalize()} findings", "")
        for one in document[kind]:
            yield f"- {one['id']} {markdown_code(one['detector'])} ({one['severity']}) {markdown(_place(one))}: {markdown(one['summary'])}"
            for change in one.get("changes", ()):
                yield f"  - {markdown_code(change['path'])}: {markdown_code(change['before'])} → {markdown_code(change['after'])}"


def _place(one: Document) -> str:
    return f"{one['source']} to {one['destination']}" if one["destination"] else str(one["source"])


def _counts(one: Document) -> str:
    """The counts that changed."""
    changed = [f"{name} {_shown(old)} -> {_shown(new)}" for name, (old, new) in one["counts"].items() if old != new]
    return f" ({', '.join(changed)})" if changed else ""


def _shown(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"

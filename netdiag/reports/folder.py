"""Writes a folder of reports: an index and one report per source, each in Markdown and JSON."""

from __future__ import annotations

import os
import re
from pathlib import Path

from netdiag.errors import NetdiagError
from netdiag.reports.document import Document, of_source
from netdiag.reports.escape import markdown, markdown_code
from netdiag.reports.headline import headline
from netdiag.reports.report import View, find

FORMATS = ("md", "json")
SAFE = {":": "_", "/": "-"}


def write(document: Document, folder: Path, view: View) -> list[Path]:
    """Write `index.md`, `index.json` (the whole result) and `<source>.md`, `<source>.json`; returns what was written."""
    written = []
    pages = {"index.md": _index(document), "index.json": find("json").render(document, view)}
    for entry in document["sources"]:
        part = of_source(document, entry["source"])
        pages |= {file_name(entry["source"]) + find(name).suffix: find(name).render(part, view) for name in FORMATS}
    prepare(folder)
    for name, text in pages.items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def prepare(folder: Path) -> None:
    """Make the folder; NetdiagError when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetdiagError(f"{folder}: cannot make this folder: {error.strerror}. Name another one with -o") from error
    if not os.access(folder, os.W_OK):
        raise NetdiagError(f"{folder}: cannot write to this folder. Name another one with -o")


def file_name(source: str) -> str:
    """A file name for an address or prefix, the same on every system: `2001_db8__1-64` for `2001:db8::1/64`."""
    return re.sub(r"[^0-9A-Za-z.]", lambda match: SAFE.get(match.group(), f"%{ord(match.group()):02x}"), source)


def _index(document: Document) -> str:
    lines = ["# netdiag", "", f"**{markdown(headline(document))}**", ""]
    lines += ["| source | label | severity | cause | connections | failed | stalled | findings |", "|---|---|---|---|--:|--:|--:|--:|"]
    for entry in document["sources"]:
        link = f"[{markdown_code(entry['source'])}]({file_name(entry['source']).replace('%', '%25')}.md)"
        label, cause = markdown(entry["label"] or ""), markdown_code(entry["verdict"]["cause"]) if entry["verdict"] else ""
        numbers = f"{entry['connections']:,} | {entry['failed']:,} | {entry['stalled']:,} | {len(entry['findings']):,}"
        lines.append(f"| {link} | {label} | {entry['severity'] or 'healthy'} | {cause} | {numbers} |")
    return "\n".join(lines) + "\n"

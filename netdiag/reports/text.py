"""Writes the document for a person at a terminal: the answer first, then why, the proof, and what limits it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator

from netdiag.reports.document import Document
from netdiag.reports.escape import printable
from netdiag.reports.headline import extent, headline, healthy, human_p, limits, origin_ns, outcome, packets, span, trouble
from netdiag.reports.report import Report, View
from netdiag.reports.timestamps import shower

COLORS = {"critical": "1;97;41", "high": "1;31", "medium": "1;33", "low": "36", "info": "2"}
SHOWN = 5
"""Findings of one source, frames of one proof, and healthy sources, unless everything is asked for."""
NARROW = 60
INDENT = " " * 11


def lines(document: Document, view: View) -> Iterator[str]:
    """The report, no line wider than the view (60 columns at least) but for filters and words that cannot be broken."""
    page = _Page(view, shower(view.clock, origin_ns(document)))
    yield from page.wrap(headline(document), style="1")
    if extent(document):
        yield from page.wrap(extent(document))
    for entry in trouble(document):
        yield ""
        yield from _source(page, document, entry)
    yield from _calm(page, document)
    yield ""
    yield from _quality(page, document)


class _Page:
    """The width, the colours and the clock of one reader."""

    def __init__(self, view: View, when: Callable[[str], str]) -> None:
        self.width, self.color, self.verbose = max(view.width, NARROW), view.color, view.verbose
        self.when = when

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style else text

    def wrap(self, text: str, lead: str = "", style: str = "", hang: int | None = None) -> list[str]:
        """`text` behind `lead`, further lines under its beginning (or at column `hang`)."""
        text = printable(text)
        under = " " * (len(lead) if hang is None else hang)
        made = textwrap.wrap(text, self.width, initial_indent=lead, subsequent_indent=under, break_long_words=False, break_on_hyphens=False)
        return [self.paint(line, style) for line in made or [lead.rstrip()]]


def _source(page: _Page, document: Document, entry: Document) -> Iterator[str]:
    severity = entry["severity"] or "info"
    label = f" ({printable(entry['label'])})" if entry["label"] else ""
    yield page.paint(f"{severity.upper():8} {printable(entry['source'])}{label}", COLORS.get(severity, ""))
    yield from page.wrap(outcome(entry), "  ")
    verdict = entry["verdict"]
    if verdict:
        yield ""
        yield from page.wrap(verdict["summary"], "  ", style="1")
        yield ""
        for rank, cause in enumerate(verdict["causes"]):
            head = f"{'Cause' if rank == 0 else 'Rival':6}{cause['weight']:4.0%}  "
            test = f" ({human_p(cause['p_value'])})" if cause["p_value"] is not None else ""
            yield from page.wrap(f"{cause['title']} [{cause['slug']}]{test}", f"  {head}", style="1" if rank == 0 else "")
            if page.verbose:
                yield from page.wrap(cause["reason"], " " * (len(head) + 2))
            elif rank:
                break
    found = [finding for finding in document["findings"] if finding["source"] == entry["source"]]
    for finding in found if page.verbose else found[:SHOWN]:
        yield ""
        yield from _finding(page, finding)
    if len(found) > SHOWN and not page.verbose:
        yield f"  ... and {len(found) - SHOWN} more findings of this source; -v shows them"


def _finding(page: _Page, finding: Document) -> Iterator[str]:
    severity = finding["severity"]
    yield f"  {page.paint(f'{severity:8}', COLORS.get(severity, ''))} {finding['id']}  {finding['detector']}"
    yield from page.wrap(finding["summary"], INDENT)
    yield from page.wrap(f"{page.when(finding['start'])} to {page.when(finding['end'])}", f"{INDENT}when    ")
    yield from _listed(page, "proof", packets(finding, len(finding["evidence"]) if page.verbose else SHOWN))
    yield from _filter(page, finding["display_filter"])
    yield from _listed(page, "unless", finding["alternatives"])
    yield from _listed(page, "next", finding["next_steps"])


def _listed(page: _Page, name: str, texts: Iterable[str]) -> Iterator[str]:
    for at, text in enumerate(texts):
        yield from page.wrap(text, f"{INDENT}{name if at == 0 else '':8}")


def _filter(page: _Page, text: str) -> Iterator[str]:
    """The display filter on a line of its own length: a person copies it."""
    if text and (page.verbose or len(text) <= 2 * page.width):
        yield f"{INDENT}filter  {printable(text)}"
    elif text:
        yield f"{INDENT}filter  long; -v shows it"


def _calm(page: _Page, document: Document) -> Iterator[str]:
    calm = healthy(document)
    if not calm:
        return
    yield ""
    if page.verbose or len(calm) <= SHOWN:
        for entry in calm:
            yield from page.wrap(f"{entry['source']}: {outcome(entry)}", f"{'ok':8} ")
        return
    yield from page.wrap(
        f"{len(calm)} sources without trouble ({sum(e['connections'] for e in calm)} connections); -v lists them", f"{'ok':8} "
    )


def _quality(page: _Page, document: Document) -> Iterator[str]:
    yield page.paint("Capture", "1")
    for at, one in enumerate(document["inputs"]):
        name = f"[{at}] " if len(document["inputs"]) > 1 else ""
        status = "" if one["status"] == "complete" else f"; {one['status']}: {one['error'] or 'cut short'}"
        yield from page.wrap(f"{name}{one['path']}: {one['packets']:,} packets{span(one)}{status}", "  ", hang=4)
    for sentence in limits(document):
        yield from page.wrap(sentence, "  ", hang=4)
    if suppressed := len(document["suppressed"]):
        yield from page.wrap(f"{suppressed} finding{'s' * (suppressed > 1)} suppressed by the allow-list", "  ")


REPORT = Report(name="text", suffix=".txt", meaning="for a person at a terminal", lines=lines)

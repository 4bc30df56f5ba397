"""Writes the document as Markdown for an incident ticket: the answer first, under 64 KiB, worst sources first.

What does not fit is counted and left to the JSON. Everything from packets is escaped: no markup, link or mention survives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from netdiag.reports.document import Document
from netdiag.reports.escape import markdown, markdown_code
from netdiag.reports.headline import extent, headline, human_p, limits, origin_ns, outcome, packets, span, trouble
from netdiag.reports.report import Report, View
from netdiag.reports.timestamps import shower

LIMIT = (1 << 16) - 512
"""Bytes; issue trackers refuse longer bodies. The rest is for the sentence about what was left out."""
ROWS, FINDINGS, FRAMES, CLIP = 25, 10, 8, 600
"""Sources in the table, findings of a source, frames of a role, characters of one text."""

Block = list[str]


def lines(document: Document, view: View) -> Iterator[str]:
    """The ticket."""
    when = shower(view.clock, origin_ns(document))
    quality = _quality(document)
    yield from (top := _top(document))
    spent = _size(top) + _size(quality)
    left_out = 0
    for entry in trouble(document):
        for block in _source(document, entry, when):
            spent += _size(block)
            if spent > LIMIT:
                left_out += 1
                spent -= _size(block)
            else:
                yield from block
    if left_out:
        yield from ["", f"_{left_out} parts did not fit into this ticket; `--format json` has them all._"]
    yield from quality


def _size(block: Block) -> int:
    return sum(len(line.encode()) + 1 for line in block)


def _text(text: str) -> str:
    return markdown(text if len(text) <= CLIP else f"{text[:CLIP]} ...")


def _code(text: str) -> str:
    return markdown_code(text if len(text) <= CLIP else f"{text[:CLIP]} ...")


def _top(document: Document) -> Block:
    bad = trouble(document)
    block = ["# netdiag", "", f"**{_text(headline(document))}**"]
    block += ["", _text(extent(document))] if extent(document) else []
    if not bad:
        return block
    block += ["", "| source | severity | connections | failed | stalled | reused ports | cause |", "|---|---|--:|--:|--:|--:|---|"]
    for entry in bad[:ROWS]:
        label = f" {_text(entry['label'])}" if entry["label"] else ""
        numbers = " | ".join(f"{entry[name]:,}" for name in ("connections", "failed", "stalled", "reused_ports"))
        cause = _code(entry["verdict"]["cause"]) if entry["verdict"] else ""
        block.append(f"| {_code(entry['source'])}{label} | {entry['severity'] or ''} | {numbers} | {cause} |")
    if len(bad) > ROWS:
        block += ["", f"and {len(bad) - ROWS} more sources in trouble."]
    return block


def _source(document: Document, entry: Document, when: Callable[[str], str]) -> Iterator[Block]:
    story = ["", f"## {_code(entry['source'])}", "", f"{_text(outcome(entry))}."]
    if verdict := entry["verdict"]:
        story += ["", f"**{_text(verdict['summary'])}**", "", "| cause | weight | test | why |", "|---|--:|---|---|"]
        for cause in verdict["causes"]:
            test = human_p(cause["p_value"]) if cause["p_value"] is not None else ""
            story.append(f"| {_text(cause['title'])} {_code(cause['slug'])} | {cause['weight']:.0%} | {test} | {_text(cause['reason'])} |")
    yield story
    found = [finding for finding in document["findings"] if finding["source"] == entry["source"]]
    for finding in found[:FINDINGS]:
        yield _finding(finding, when)
    if len(found) > FINDINGS:
        yield ["", f"and {len(found) - FINDINGS} more findings of this source."]


def _finding(finding: Document, when: Callable[[str], str]) -> Block:
    to = f" to {_code(finding['destination'])}" if finding["destination"] else ""
    block = ["", f"### {finding['id']} {_code(finding['detector'])} ({finding['severity']}){to}", "", _text(finding["summary"]), ""]
    block.append(f"- when: {when(finding['start'])} to {when(finding['end'])}")
    block += [f"- {_text(sentence)}" for sentence in packets(finding, FRAMES)]
    if finding["display_filter"]:
        block.append(f"- Wireshark: {_code(finding['display_filter'])}")
    block += [f"- what else it could be: {_text(text)}" for text in finding["alternatives"]]
    return block + [f"- next: {_text(text)}" for text in finding["next_steps"]]


def _quality(document: Document) -> Block:
    block = ["", "## Capture", ""]
    for at, one in enumerate(document["inputs"][:ROWS]):
        status = "" if one["status"] == "complete" else f" ({_text(one['status'])})"
        block.append(f"- file {at}: {_code(one['path'])}, {one['packets']:,} packets{span(one)}{status}")
    if len(document["inputs"]) > ROWS:
        block.append(f"- and {len(document['inputs']) - ROWS} more files")
    block += [f"- {_text(sentence)}" for sentence in limits(document)]
    if document["suppressed"]:
        block.append(f"- {len(document['suppressed'])} suppressed by the allow-list")
    return block


REPORT = Report(name="md", suffix=".md", meaning="Markdown for an incident ticket, under 64 KiB", lines=lines)

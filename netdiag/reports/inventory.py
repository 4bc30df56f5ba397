"""Writes what `netdiag info` knows of each input for a person at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from netdiag.reports.document import Document
from netdiag.reports.escape import printable
from netdiag.reports.headline import duration
from netdiag.reports.quality import ODDITIES
from netdiag.reports.timestamps import parse

LABEL = 12


def lines(document: Document, width: int) -> Iterator[str]:
    """A block per input, a blank line between them."""
    for at, one in enumerate(document["inputs"]):
        if at:
            yield ""
        yield printable(one["path"])
        for name, value in _facts(one):
            yield from textwrap.wrap(
                f"{name:{LABEL}}{printable(value)}", width, initial_indent="  ", subsequent_indent=" " * (LABEL + 2), break_long_words=False
            )


def _facts(one: Document) -> Iterator[tuple[str, str]]:
    compression = f", {one['compression']}" if one["compression"] else ""
    yield "format", f"{one['format'] or 'unknown'}{compression}; {', '.join(one['link_types']) or 'no link type'}"
    yield "packets", f"{one['packets']:,} in {one['bytes']:,} bytes" + (f"; {one['drops']:,} lost while capturing" if one["drops"] else "")
    if one["first"]:
        yield "time", f"{one['first']} to {one['last']} ({duration(parse(one['last']) - parse(one['first']))})"
    yield "status", one["status"] + (f": {one['error']}" if one["error"] else "")
    yield (
        "holds",
        ", ".join(f"{count:,} {name}" for name, count in one["counts"].items() if count and name != "packets") or "nothing that is decoded",
    )
    for name, count in one["oddities"].items():
        yield "odd", f"{count:,} {name.replace('_', ' ')}: {ODDITIES.get(name, '')}"
    if one["snis"]:
        yield "names", ", ".join(one["snis"])

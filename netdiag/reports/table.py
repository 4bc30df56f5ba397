"""Writes tables: aligned for a terminal, separated by commas for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from netdiag.reports.escape import cell, printable


def separated(head: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Lines of a CSV table; every cell that a stranger may have written is disarmed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="")
    for row in (head, *rows):
        writer.writerow([cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def aligned(head: Sequence[str], rows: Iterable[Sequence[object]], width: int) -> Iterator[str]:
    """Lines of a table for eyes: numbers to the right, text to the left, every line cut at `width`."""
    rows = list(rows)
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max([len(name), *(len(row[at]) for row in cells)]) for at, name in enumerate(head)]
    numeric = [bool(rows) and all(isinstance(row[at], int | float) or row[at] is None for row in rows) for at in range(len(head))]
    for row in (list(head), *cells):
        padded = [f"{value:>{size}}" if right else f"{value:<{size}}" for value, size, right in zip(row, widths, numeric, strict=True)]
        line = "  ".join(padded).rstrip()
        yield line if len(line) <= width else f"{line[: width - 3]}..."


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else printable(str(value))

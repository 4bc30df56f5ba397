"""Knows the terminal: its width and colours, and the progress bar on standard error."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netdiag.reports.report import View

PIPED_WIDTH, WIDEST = 100, 120
PATIENCE_S = 1.0
"""A run that is over sooner shows no progress bar."""


def view(settings: Any, verbose: bool) -> View:
    """How this terminal shows a report."""
    from netdiag.reports.report import View
    from netdiag.reports.timestamps import Clock

    width = (
        min(shutil.get_terminal_size((PIPED_WIDTH, 24)).columns, WIDEST)
        if sys.stdout.isatty() or os.environ.get("COLUMNS")
        else PIPED_WIDTH
    )
    return View(width=width, color=colored(settings.color), clock=Clock(settings.time), verbose=verbose)


def colored(choice: str) -> bool:
    """Whether results are coloured."""
    return choice == "always" or (choice == "auto" and sys.stdout.isatty() and not os.environ.get("NO_COLOR"))


def width() -> int:
    """Columns of the terminal, at most WIDEST (long lines are hard to read); PIPED_WIDTH where there is none and COLUMNS is not set."""
    return min(shutil.get_terminal_size((PIPED_WIDTH, 24)).columns, WIDEST)


@contextmanager
def progress_bar(quiet: bool, total_bytes: int) -> Iterator[Callable[[int], None] | None]:
    """A callback for bytes read that draws on standard error once the run has lasted a second; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    started, done = time.monotonic(), 0
    drawn: list[Any] = []

    def update(read_bytes: int) -> None:
        nonlocal done
        done += read_bytes
        if not drawn and time.monotonic() - started >= PATIENCE_S:
            drawn.append(_bar(total_bytes))
            drawn[0].start()
        if drawn:
            drawn[0].update(drawn[0].task_ids[0], completed=done)

    try:
        yield update
    finally:
        if drawn:
            drawn[0].stop()


def _bar(total_bytes: int) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    bar = Progress(
        BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    bar.add_task("", total=total_bytes or None)
    return bar

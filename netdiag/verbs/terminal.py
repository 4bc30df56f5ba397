"""Knows the terminal: its width and colours, and the progress bar on standard error."""

from __future__ import annotations

import os
import shutil
import sys
import threading
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
    """A callback for bytes read, shown on standard error once the run has lasted a second; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("compiling (first run only)", total=total_bytes or None)
    # A timer, not the first callback: the first run compiles for a while before it reads.
    timer = threading.Timer(PATIENCE_S, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda read_bytes: bar.update(task, advance=read_bytes, description="reading")
    finally:
        timer.cancel()
        timer.join()
        bar.stop()

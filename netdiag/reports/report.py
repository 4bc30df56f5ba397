"""Says what a report format is, and finds them all: the contract of every file in this folder.

A format's module has a `REPORT = Report(...)` of the module's name; being in the folder is its registration. Others come
by the entry point group GROUP, whose entries are Report objects; none of them takes the name of one in the folder.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from netdiag.errors import ConfigError
from netdiag.installed import installed
from netdiag.reports.document import Document
from netdiag.reports.timestamps import Clock

GROUP = "netdiag.reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a person looks at a report; formats for programs do not read it."""

    width: int = 100
    color: bool = False
    clock: Clock = Clock.UTC
    verbose: bool = False
    """Show everything: all evidence, thresholds, healthy sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One format."""

    name: str
    suffix: str
    """Of its files, with the dot."""
    meaning: str
    """One line for help pages."""
    lines: Callable[[Document, View], Iterable[str]]
    """The document's lines, without line ends."""

    def render(self, document: Document, view: View | None = None) -> str:
        """The document in this format, with a line feed at the end of every line."""
        return "".join(f"{line}\n" for line in self.lines(document, view or View()))


@cache
def reports() -> dict[str, Report]:
    """All formats by name, built-in and installed, sorted."""
    every: list[Report] = installed(GROUP)
    every += [report for name in _files() if (report := _built_in(name))]
    return {report.name: report for report in sorted(every, key=lambda report: report.name)}


def find(name: str) -> Report:
    """The format of this name; ConfigError lists the valid ones and suggests the nearest."""
    if name in _files() and (report := _built_in(name)):  # a run needs one format: neither the others nor what is installed
        return report
    known = reports()
    if name not in known:
        from difflib import get_close_matches

        close = get_close_matches(name, known, 1, 0.4)
        raise ConfigError(f"no format {name!r}{f'; did you mean {close[0]!r}?' if close else '.'} Valid: {', '.join(known)}")
    return known[name]


def _files() -> list[str]:
    """Names of the modules in this folder: the formats, and what they share."""
    return [found.name for found in pkgutil.iter_modules(sys.modules[__package__].__path__)]


def _built_in(name: str) -> Report | None:
    """The format in the module of this name, where there is one in it."""
    report: Report | None = getattr(importlib.import_module(f"{__package__}.{name}"), "REPORT", None)
    return report

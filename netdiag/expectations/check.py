"""Runs capture folders: each capture meets every detector, then its expectation and its golden."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netdiag.errors import ConfigError
from netdiag.expectations.expectation import FILE, Expectation
from netdiag.expectations.facts import facts_of
from netdiag.expectations.golden import accept, canonical, compare
from netdiag.expectations.judge import Check, judge
from netdiag.expectations.reading import read

if TYPE_CHECKING:
    from netdiag.analyze import Result

GOLDEN = "golden"
WORTH = 8
"""A process more must have so many folders: it takes half a second to start."""
Thresholds = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one folder fared."""

    expectation: Expectation
    checks: Sequence[Check]
    accepted: bool = False
    """The golden was written anew."""


def folders(named: Iterable[Path]) -> list[Path]:
    """Every folder with an `expect.toml` in what was named, itself included, sorted; ConfigError where there is none."""
    found: set[Path] = set()
    for folder in named:
        here = {path.parent for path in folder.rglob(FILE)} if folder.is_dir() else {folder.parent} if folder.name == FILE else set()
        if not here:
            raise ConfigError(f"{folder.as_posix()}: there is no {FILE} in it. CONTRIBUTING.md says how a capture folder is made")
        found |= here
    return sorted(found)


def readings(named: Iterable[Path]) -> list[Expectation]:
    """All expectations; ConfigError with a line per file that is wrong, so that they can be corrected in one go."""
    expectations, wrong = [], []
    for folder in folders(named):
        try:
            expectations.append(read(folder))
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return expectations


def run(expectation: Expectation, *, thresholds: Thresholds | None = None, accepting: bool = False) -> Outcome:
    """Analyze the capture of a folder and compare; `thresholds` go over those of the file, `accepting` writes the golden."""
    from netdiag.detectors.detector import detectors

    result = _analyzed(expectation, thresholds or {})
    document = result.document()
    checks = judge(expectation, document, facts_of(result, document))
    made = canonical(document, (detector.slug for detector in detectors()))
    accepted = accepting and accept(expectation.golden, made)
    golden = Check(name=GOLDEN, line=None, differences=list(compare(expectation.golden, made)))
    return Outcome(expectation=expectation, checks=[*checks, golden], accepted=accepted)


def runs(expectations: Iterable[Expectation], *, workers: int | None = None, **options: Any) -> Iterator[Outcome]:
    """One outcome per folder, in their order; many folders are shared among processes, as many as there are processors or `workers`.

    Processes import the script they were started from: one of your own needs ``if __name__ == "__main__"``.
    """
    one = partial(run, **options)
    first, rest = list(islice(expectations := iter(expectations), 1)), list(expectations)
    yield from map(one, first)  # what is to be compiled is compiled once, here
    count = min(workers or _processors(), len(rest) // WORTH)
    if count < 2:
        yield from map(one, rest)
        return
    # An interrupt ends this process, which ends them.
    pool = ProcessPoolExecutor(count, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))
    try:
        yield from pool.map(one, rest)
    finally:
        pool.shutdown(cancel_futures=True)


def _processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _analyzed(expectation: Expectation, thresholds: Thresholds) -> Result:
    from netdiag.analyze import analyze
    from netdiag.findings.finding import Severity

    options = dict(expectation.options)
    options["min_severity"] = Severity[options.get("min_severity", "info").upper()]
    options["thresholds"] = _merged(options["thresholds"], thresholds)
    result = analyze(expectation.capture, **options)
    if result.partial:
        raise KeyboardInterrupt  # half a capture is neither right nor wrong
    return result


def _merged(*layers: Thresholds) -> dict[str, dict[str, object]]:
    """Thresholds by slug, the last layer's over those before."""
    from netdiag.detectors.detector import find

    merged: dict[str, dict[str, object]] = {}
    for layer in layers:
        for name, values in layer.items():
            merged.setdefault(find(name).slug, {}).update(values)
    return merged

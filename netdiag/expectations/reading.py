"""Reads an `expect.toml`; whatever is wrong in it is an error with file, line, key and the nearest valid one.

The format::

    purpose = "..."                 # what the capture shows; compulsory
    source = "..."                  # how it was made, or who published it
    licence = "..."
    capture = "name.pcap"           # default: the only `capture.*` of the folder

    [options]                       # of the run: since, until, min_severity, networks
    [options.detectors.SLUG]        # thresholds, as in netdiag.toml

    [[finding]]                     # at least one such finding, or as many as `count` says
    detector, source, destination   # which ones: texts, `*` and `?` are wildcards
    severity, confidence, connections, count
    [finding.metrics]

    [[absent]]                      # no such finding; compulsory: every folder has a calm half
    [[verdict]]                     # source, cause (or "none"), runner_up, confidence
    [facts]                         # packets, connections, sources, established, ...
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from netdiag.detectors.detector import detectors, find
from netdiag.errors import ConfigError
from netdiag.expectations.demand import SEVERITIES, Demand, demand, is_of_numbers, severity_is_known
from netdiag.expectations.expectation import FILE, Expectation, Finding, Verdict
from netdiag.expectations.facts import FACTS
from netdiag.expectations.golden import met_detectors
from netdiag.expectations.table import Table, hint, load
from netdiag.findings.scope import network
from netdiag.reports.timestamps import parse
from netdiag.verdicts.decide import known

TOP = ("purpose", "source", "licence", "capture", "options", "finding", "absent", "verdict", "facts")
SELECTORS = ("detector", "source", "destination", "severity", "confidence", "connections", "metrics")
DEMAND = 'must be a value, a range [low, high], a comparison such as ">=3", or a text'


def read(folder: Path) -> Expectation:
    """The expectation of a folder; ConfigError says what is wrong with its file, and where."""
    top = load(folder / FILE)
    top.only(*TOP)
    absent = tuple(_finding(table, SELECTORS) for table in top.children("absent"))
    if not absent:
        top.fail(None, 'every folder has a calm half: say what must not be found, as in [[absent]] detector = "flood-control-trip"')
    facts = top.child("facts")
    facts.only(*FACTS)
    return Expectation(
        folder=folder,
        capture=_capture(top, folder),
        purpose=top.text("purpose", compulsory=True),
        source=top.text("source"),
        licence=top.text("licence"),
        options=_options(top.child("options")),
        findings=tuple(_finding(table, (*SELECTORS, "count")) for table in top.children("finding")),
        absent=absent,
        verdicts=tuple(_verdict(table) for table in top.children("verdict")),
        facts={key: _demand(facts, key) for key in facts.values},
        facts_line=facts.line,
    )


def is_foreign(path: Path) -> bool:
    """Whether an `expect.toml` is another program's: no capture lies beside it, and no key of it is one of ours."""
    if any(path.parent.glob("capture.*")):
        return False
    try:
        return not set(TOP) & load(path).values.keys()
    except ConfigError:
        return False


def _capture(top: Table, folder: Path) -> Path:
    named = top.text("capture")
    if named:
        path = folder / named
        if not path.is_file():
            top.fail("capture", f"there is no file {named!r} in this folder")
        return path
    found = sorted(path for path in folder.glob("capture.*") if path.is_file())
    if len(found) != 1:
        top.fail(None, f'this folder has {len(found)} files capture.*; put one there, or name it: capture = "name.pcap"')
    return found[0]


def _options(table: Table) -> dict[str, Any]:
    """Options of `netdiag.analyze`."""
    table.only("since", "until", "min_severity", "networks", "detectors")
    made: dict[str, Any] = {}
    try:
        for key in ("since", "until"):
            if text := table.text(key):
                made[f"{key}_ns"] = parse(text)
        key = "networks"
        made["source"] = table.values.get(key, [])
        if not isinstance(made["source"], list) or not all(isinstance(one, str) for one in made["source"]):
            table.fail(key, 'must be a list of texts: networks = ["192.0.2.0/24"]')
        for one in made["source"]:
            network(one)
    except ConfigError as error:
        if str(error).startswith(table.path.as_posix()):
            raise
        table.fail(key, str(error))
    if severity := table.named("min_severity", SEVERITIES):
        made["min_severity"] = severity
    made["thresholds"] = dict(_thresholds(table.child("detectors")))
    return made


def _thresholds(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    for slug in table.values:
        child = table.child(slug)
        try:
            find(slug).with_thresholds(**child.values)
        except ConfigError as error:
            wrong = next((key for key in child.values if repr(key) in str(error) or f" {key} =" in str(error)), None)
            child.fail(wrong, str(error))
        yield slug, child.values


def _finding(table: Table, keys: tuple[str, ...]) -> Finding:
    table.only(*keys)
    if not table.values:
        table.fail(None, f"says nothing. Valid: {', '.join(keys)}")
    demands = {"severity": _demand(table, "severity")} if "severity" in table.values else {}
    demands |= {key: _number(table, key) for key in ("confidence", "connections") if key in table.values}
    if "severity" in demands and not (isinstance(demands["severity"], str) and severity_is_known(demands["severity"])):
        table.fail("severity", f'{demands["severity"]!r} is no severity{hint(str(demands["severity"]), SEVERITIES)}; also as ">=medium"')
    return Finding(
        line=table.line,
        detector=_detector(table),
        source=table.text("source"),
        destination=table.text("destination"),
        demands=demands | dict(_metrics(table.child("metrics"), "metrics")),
        count=_number(table, "count") if "count" in table.values else None,
    )


def _detector(table: Table) -> str:
    """A slug for a slug or code; one that the golden knows is a detector that was removed, not a slip of the pen."""
    name = table.text("detector")
    slugs = {key: one.slug for one in detectors() for key in (one.slug, one.code)}
    slugs |= {slug: slug for slug in met_detectors(table.path.parent)}
    if not name or name in slugs:
        return slugs.get(name, "")
    if not any(fnmatchcase(slug, name) for slug in slugs):
        table.fail("detector", f"no detector {name!r}{hint(name, sorted(set(slugs.values())))}")
    return name


def _metrics(table: Table, path: str) -> Iterator[tuple[str, Demand]]:
    for key, value in table.values.items():
        if isinstance(value, dict):
            yield from _metrics(table.child(key), f"{path}.{key}")
        else:
            yield f"{path}.{key}", _demand(table, key)


def _verdict(table: Table) -> Verdict:
    table.only("source", "cause", "runner_up", "confidence")
    causes = [module.SLUG for module in known()]
    if not table.named("cause", (*causes, "none")):
        table.fail(None, 'the key cause is compulsory: a cause, or "none" for a source without a verdict')
    table.named("runner_up", causes)
    source = table.text("source", compulsory=True)
    demands = {key: (_number if key == "confidence" else _demand)(table, key) for key in table.values if key != "source"}
    return Verdict(line=table.line, source=source, demands=demands)


def _demand(table: Table, key: str) -> Demand:
    made = demand(table.values[key])
    if made is None:
        table.fail(key, f"{table.values[key]!r} {DEMAND}")
    return made


def _number(table: Table, key: str) -> Demand:
    made = _demand(table, key)
    if not is_of_numbers(made):
        table.fail(key, f'{made!r} must be a number, a range [low, high], or a comparison such as ">=3"')
    return made

"""Compares a result document with an expectation: one check per entry of the file, each with what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netdiag.expectations.changes import NOTHING, brief
from netdiag.expectations.demand import met, said
from netdiag.expectations.difference import Difference, shown
from netdiag.expectations.expectation import Expectation, Finding, Verdict

NEAR = 3
"""Findings that are close to what was expected, told in full."""
ABSENT = "(absent)"
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One claim of an expectation and how it fared."""

    name: str
    line: int | None
    """In `expect.toml`; None for the golden."""
    differences: Sequence[Difference]


def names(expectation: Expectation) -> list[tuple[str, int]]:
    """Name and line of every check of a file, in the order of `judge`; nothing is read but the file."""
    entries = [(f"finding {one.title}", one.line) for one in expectation.findings]
    entries += [(f"absent {one.title}", one.line) for one in expectation.absent]
    entries += [(f"verdict {one.title}", one.line) for one in expectation.verdicts]
    return entries + [("facts", expectation.facts_line)] * bool(expectation.facts)


def judge(expectation: Expectation, document: Document, facts: Mapping[str, Any]) -> list[Check]:
    """Every check of an expectation, passed or not."""
    found = [list(_present(one, document)) for one in expectation.findings]
    found += [list(_absent(one, document)) for one in expectation.absent]
    found += [list(_verdict(one, document)) for one in expectation.verdicts]
    found += [list(_facts(expectation, facts))] * bool(expectation.facts)
    return [Check(name=name, line=line, differences=each) for (name, line), each in zip(names(expectation), found, strict=True)]


def _present(wanted: Finding, document: Document) -> Iterator[Difference]:
    near = [finding for finding in document["findings"] if _is_about(wanted, finding)]
    matching = [finding for finding in near if not list(_unmet(wanted, finding))]
    if met(">=1" if wanted.count is None else wanted.count, len(matching)):
        return
    count = "at least one" if wanted.count is None else said(wanted.count)
    other = [finding for finding in near if finding not in matching]
    if other and len(matching) < len(near):
        for finding in other[:NEAR]:
            yield from _unmet(wanted, finding)
    if wanted.count is not None or not other:
        there = ", ".join(finding["id"] for finding in (matching or document["findings"])[:NEAR])
        what = f"{count} of {wanted.title}" if wanted.count is not None else f"{count} {wanted.title}"
        yield Difference("findings", what, f"{len(matching)}{f' (there are {there})' if there else ' (there is no finding at all)'}")


def _absent(unwanted: Finding, document: Document) -> Iterator[Difference]:
    for finding in document["findings"]:
        if _is_about(unwanted, finding) and not list(_unmet(unwanted, finding)):
            yield Difference(f"findings[{finding['id']}]", f"no {unwanted.title.removeprefix('any ')}", brief(finding))


def _is_about(wanted: Finding, finding: Document) -> bool:
    """Whether a finding is of the detector, source and destination that are named."""
    pairs = ((wanted.detector, finding["detector"]), (wanted.source, finding["source"]), (wanted.destination, finding["destination"]))
    return all(not pattern or met(pattern, value) for pattern, value in pairs)


def _unmet(wanted: Finding, finding: Document) -> Iterator[Difference]:
    for path, demand in wanted.demands.items():
        value = len(finding["connections"]) if path == "connections" else _at(finding, path)
        if value is ABSENT or not met(demand, value):
            yield Difference(f"findings[{finding['id']}].{path}", said(demand), NOTHING if value is ABSENT else shown(value))


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return ABSENT
        value = value[key]
    return value


def _verdict(wanted: Verdict, document: Document) -> Iterator[Difference]:
    sources = [entry for entry in document["sources"] if met(wanted.source, entry["source"])]
    if not sources:
        there = ", ".join(entry["source"] for entry in document["sources"][:NEAR]) or "no source at all"
        yield Difference("sources", wanted.source, f"{there}{' ...' if len(document['sources']) > NEAR else ''}")
    for entry in sources:
        told = entry["verdict"] or {"cause": None, "runner_up": None, "confidence": None}
        for key, demand in wanted.demands.items():
            if not met(demand, told[key]):
                said_of = f" ({entry['verdict']['summary']})" if entry["verdict"] and key == "cause" else ""
                yield Difference(f"sources[{entry['source']}].verdict.{key}", said(demand), f"{told[key] or 'none'}{said_of}")


def _facts(expectation: Expectation, facts: Mapping[str, Any]) -> Iterator[Difference]:
    for name, demand in expectation.facts.items():
        if not met(demand, facts[name]):
            yield Difference(f"facts.{name}", said(demand), shown(facts[name]))

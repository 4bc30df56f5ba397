"""Writes JUnit XML, which every CI server shows: a test case per source, or per check of a capture folder.

A source fails that has a verdict; findings that nobody suffers from are output of a case that passes. There is no time
and no host in it: the same capture gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from netdiag.reports.document import Document
from netdiag.reports.escape import printable
from netdiag.reports.report import Report, View

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (section 2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    suite: str
    name: str
    place: dict[str, str]
    kind: str = ""
    """Of the failure; empty for a case that passes."""
    head: str = ""
    text: str = ""


def lines(document: Document, view: View) -> Iterable[str]:  # noqa: ARG001  the same for everybody
    """One `testsuites` element."""
    cases = list(_of_check(document) if "folders" in document else _of_result(document))
    root = ElementTree.Element("testsuites", {"name": "netdiag", **_counts(cases)})
    for name in dict.fromkeys(case.suite for case in cases):
        own = [case for case in cases if case.suite == name]
        suite = ElementTree.SubElement(root, "testsuite", {"name": _clean(name), **_counts(own)})
        for case in own:
            _write(case, suite)
    ElementTree.indent(root)
    return ['<?xml version="1.0" encoding="UTF-8"?>', *ElementTree.tostring(root, encoding="unicode").splitlines()]


def _write(case: _Case, suite: ElementTree.Element) -> None:
    place = {name: _clean(value) for name, value in case.place.items()}
    made = ElementTree.SubElement(suite, "testcase", {"classname": _clean(case.suite), "name": _clean(case.name), **place})
    if case.kind:
        failure = ElementTree.SubElement(made, "failure", {"type": _clean(case.kind), "message": _clean(case.head)})
        failure.text = _clean(case.text)
    elif case.text:
        ElementTree.SubElement(made, "system-out").text = _clean(case.text)


def _counts(cases: list[_Case]) -> dict[str, str]:
    failed = sum(bool(case.kind) for case in cases)
    return {"tests": str(len(cases)), "failures": str(failed), "errors": "0", "skipped": "0"}


def _of_result(document: Document) -> Iterator[_Case]:
    for entry in document["sources"]:
        verdict, found = entry["verdict"], [one for one in document["findings"] if one["source"] == entry["source"]]
        told = "\n".join(printable(f"{one['id']} {one['detector']} ({one['severity']}): {one['summary']}") for one in found)
        if verdict:
            text = f"{printable(verdict['summary'])}\n{told}"
            yield _Case(suite="sources", name=entry["source"], place={}, kind=verdict["cause"], head=verdict["summary"], text=text)
        else:
            yield _Case(suite="sources", name=entry["source"], place={}, text=told)


def _of_check(document: Document) -> Iterator[_Case]:
    for folder in document["folders"]:
        for check in folder["checks"]:
            told = [printable(f"{one['path']}: expected {one['expected']}, got {one['got']}") for one in check["differences"]]
            place = {"file": check["file"], **({"line": str(check["line"])} if check["line"] else {})}
            kind = ("expectation" if check["line"] else "golden") if told else ""
            yield _Case(
                suite=folder["folder"], name=check["name"], place=place, kind=kind, head=told[0] if told else "", text="\n".join(told)
            )


def _clean(text: str) -> str:
    """Text that XML can hold; control characters are shown, line feeds kept."""
    return FORBIDDEN.sub("", "\n".join(printable(line) for line in text.split("\n")))


REPORT = Report(name="junit", suffix=".xml", meaning="JUnit XML, for CI servers", lines=lines)

"""Compares two results: which findings are new, gone or changed, and which sources got another verdict.

A finding is the same by its id. One that is left over on both sides for the same detector, source and destination is the
same fault at another time (a capture before a fix, one after): it is changed, and its times are not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from netdiag.expectations.changes import changes

SCHEMA = "netdiag.diff/1"
Document = Mapping[str, Any]

COMPARED = ("severity", "confidence", "summary", "metrics")
"""What makes a finding another one; packets and times follow from these."""
COUNTED = ("connections", "established", "failed", "stalled", "reused_ports")


def diff(old: Document, new: Document) -> dict[str, Any]:
    """The document of the differences between two result documents, schema `netdiag.diff/1`."""
    pairs, gone, fresh = _paired(old["findings"], new["findings"])
    changed = [entry for before, after in pairs if (entry := _changed(before, after))["changes"]]
    sources = list(_sources(old["sources"], new["sources"]))
    return {
        "schema": SCHEMA,
        "different": bool(gone or fresh or changed or sources),
        "new": [_told(finding) for finding in fresh],
        "gone": [_told(finding) for finding in gone],
        "changed": changed,
        "verdicts": sources,
    }


def _paired(old: list[Document], new: list[Document]) -> tuple[list[tuple[Document, Document]], list[Document], list[Document]]:
    """Findings that are the same, what is left of the old ones, and what is left of the new ones."""
    by_id = {finding["id"]: finding for finding in new}
    pairs = [(finding, by_id[finding["id"]]) for finding in old if finding["id"] in by_id]
    same = {before["id"] for before, _ in pairs}
    waiting: dict[tuple[Any, ...], list[Document]] = defaultdict(list)
    for finding in new:
        if finding["id"] not in same:
            waiting[_fault(finding)].append(finding)
    gone = []
    for finding in old:
        if finding["id"] in same:
            continue
        if others := waiting[_fault(finding)]:
            pairs.append((finding, others.pop(0)))
        else:
            gone.append(finding)
    taken = {id(after) for _, after in pairs}
    return pairs, gone, [finding for finding in new if id(finding) not in taken]


def _fault(finding: Document) -> tuple[Any, ...]:
    return finding["detector"], finding["source"], finding["destination"]


def _changed(before: Document, after: Document) -> dict[str, Any]:
    old, new = ({key: finding[key] for key in COMPARED} for finding in (before, after))
    found = [{"path": one.path, "before": one.expected, "after": one.got} for one in changes(old, new)]
    return {**_told(after), "was": before["id"], "changes": found}


def _told(finding: Document) -> dict[str, Any]:
    return {key: finding[key] for key in ("id", "detector", "severity", "source", "destination", "summary")}


def _sources(old: list[Document], new: list[Document]) -> Iterator[dict[str, Any]]:
    """Sources whose cause is another one; a source that is in one result only has no verdict in the other."""
    before, after = ({entry["source"]: entry for entry in entries} for entries in (old, new))
    for source in sorted({*before, *after}):
        causes = [_cause(entries.get(source)) for entries in (before, after)]
        if causes[0] != causes[1]:
            told = after.get(source) or before[source]
            yield {
                "source": source,
                "before": causes[0],
                "after": causes[1],
                "summary": told["verdict"]["summary"] if told["verdict"] else None,
                "counts": {key: [(entries.get(source) or {}).get(key) for entries in (before, after)] for key in COUNTED},
            }


def _cause(entry: Document | None) -> str | None:
    return entry["verdict"]["cause"] if entry and entry["verdict"] else None

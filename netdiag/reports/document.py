"""Builds the result document, schema `netdiag.result/1`: what every format renders and programs read.

The document is plain: dicts, lists, strings, ints, floats, booleans and None. It is the same for any path, chunk size,
machine and day: a packet is named by the index of its file in `inputs` and its frame number there. Strings from packets
are raw here, apart from halves of surrogate pairs, which no JSON reader takes; each format escapes for its own place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from netdiag import __version__
from netdiag.capture.ref import REF_FILE_SHIFT, REF_FRAME_MASK
from netdiag.reports.quality import LIMITS, ODDITIES, counted
from netdiag.reports.timestamps import rfc3339

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netdiag.connections.tables import Tables
    from netdiag.findings.finding import Evidence, Finding
    from netdiag.verdicts.verdict import Verdict

SCHEMA, INFO_SCHEMA = "netdiag.result/1", "netdiag.info/1"
COUNTED = ("connections", "established", "failed", "stalled", "reused_ports")
"""What a source's entry counts."""
DIGITS = 9
"""Significant digits of a float: more than any measurement here has, fewer than platforms differ in."""

Document = dict[str, Any]


class Analysis(Protocol):
    """What a document is built from; `netdiag.analyze.Result` is one."""

    @property
    def inputs(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def counts(self) -> Sequence[Mapping[str, int]]: ...  # noqa: D102
    @property
    def input_oddities(self) -> Sequence[Mapping[str, int]]: ...  # noqa: D102
    @property
    def snis(self) -> Sequence[Sequence[str]]: ...  # noqa: D102
    @property
    def tables(self) -> Tables: ...  # noqa: D102
    @property
    def oddities(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def finding_list(self) -> Sequence[Finding]: ...  # noqa: D102
    @property
    def verdicts(self) -> Sequence[Verdict]: ...  # noqa: D102
    @property
    def suppressed(self) -> Sequence[tuple[str, str]]: ...  # noqa: D102
    @property
    def partial(self) -> bool: ...  # noqa: D102
    @property
    def by_source(self) -> Mapping[str, NDArray[Any]]: ...  # noqa: D102
    @property
    def extent(self) -> Any: ...  # noqa: D102


def document(result: Analysis) -> Document:
    """The whole result, keys in the order of the schema."""
    made: Document = {
        "schema": SCHEMA,
        "tool": {"name": "netdiag", "version": __version__},
        "inputs": [input_entry(one) for one in result.inputs],
        "quality": _quality(result),
        "sources": [],
        "findings": [_finding(finding) for finding in result.finding_list],
        "suppressed": [{"id": identity, "reason": reason} for identity, reason in result.suppressed],
        "partial": result.partial,
        "extent": asdict(result.extent),
    }
    return plain(made) | {"sources": _sources(result)}  # type: ignore[no-any-return]


def info(result: Analysis) -> Document:
    """What `netdiag info` shows: every input with its counts, oddities and names."""
    parts = zip(result.inputs, result.counts, result.input_oddities, result.snis, strict=True)
    inputs = [
        {**input_entry(one), "counts": dict(counts), "oddities": dict(sorted(odd.items())), "snis": sorted(snis)}
        for one, counts, odd, snis in parts
    ]
    return plain({"schema": INFO_SCHEMA, "tool": {"name": "netdiag", "version": __version__}, "inputs": inputs})  # type: ignore[no-any-return]


def of_source(whole: Document, source: str) -> Document:
    """The part of a document that speaks of one source."""
    findings = [finding for finding in whole["findings"] if finding["source"] == source]
    sources = [entry for entry in whole["sources"] if entry["source"] == source]
    return {**whole, "sources": sources, "findings": findings, "suppressed": []}


def input_entry(one: Any) -> dict[str, Any]:
    """One capture file as it was read."""
    return {
        "path": str(one.path),
        "format": one.format,
        "compression": one.compression,
        "link_types": list(one.link_types),
        "packets": one.packets,
        "bytes": one.bytes,
        "first": _when(one.first_ns),
        "last": _when(one.last_ns),
        "status": one.status,
        "truncated_tail": one.truncated_tail,
        "error": one.error,
        "drops": one.drops,
    }


def _when(ns: int | None) -> str | None:
    return None if ns is None else rfc3339(ns)


def plain(value: Any) -> Any:
    """`value` as JSON knows it: NumPy scalars unwrapped, floats to DIGITS, no NaN, no infinity, no half of a surrogate pair."""
    kind = type(value)  # the common kinds first: there may be a row for each of many sources
    if value is None or kind is int or kind is bool or (kind is str and value.isascii()):
        return value
    if kind is dict:
        return {plain(str(key)): plain(inner) for key, inner in value.items()}
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if isinstance(value, str):
        return str(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, Iterable):
        return [plain(inner) for inner in value]
    return value


def _quality(result: Analysis) -> dict[str, Any]:
    found = result.tables.quality
    return {
        **counted({name: found.get(name, 0) for name in LIMITS}, LIMITS),
        "oddities": counted(dict(sorted(result.oddities.items())), ODDITIES),
    }


def _sources(result: Analysis) -> list[dict[str, Any]]:
    """One entry per source, plain as it is made: there may be very many."""
    verdicts = {verdict.source: _verdict(verdict) for verdict in result.verdicts}
    findings: dict[str, list[str]] = {}
    for finding in result.finding_list:
        findings.setdefault(finding.source, []).append(finding.id)
    names, labels, severities = (result.by_source[name].tolist() for name in ("source", "label", "severity"))
    counts = [result.by_source[name].tolist() for name in COUNTED]
    return [
        {
            "source": source,
            "label": plain(label or None),
            "connections": connections,
            "established": established,
            "failed": failed,
            "stalled": stalled,
            "reused_ports": reused_ports,
            "severity": severity,
            "verdict": plain(verdicts.get(source)),
            "findings": findings.get(source, []),
        }
        for source, label, connections, established, failed, stalled, reused_ports, severity in zip(
            names, labels, *counts, severities, strict=True
        )
    ]


def _verdict(verdict: Verdict) -> dict[str, Any] | None:
    if not verdict.causes:
        return None
    likeliest, *rivals = verdict.causes
    return {
        "cause": likeliest.slug,
        "summary": verdict.summary,
        "confidence": verdict.confidence,
        "runner_up": rivals[0].slug if rivals else None,
        "causes": [
            {
                "slug": cause.slug,
                "title": cause.title,
                "weight": cause.weight,
                "p_value": cause.p_value,
                "reason": cause.reason,
                "counts": cause.counts,
            }
            for cause in verdict.causes
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "detector": finding.detector,
        "code": finding.code,
        "severity": str(finding.severity),
        "confidence": finding.confidence,
        "source": finding.source,
        "destination": finding.destination,
        "start": rfc3339(finding.start_ns),
        "end": rfc3339(finding.end_ns),
        "summary": finding.summary,
        "metrics": finding.metrics,
        "thresholds": finding.thresholds,
        "connections": [
            {"src": c.src, "sport": c.sport, "dst": c.dst, "dport": c.dport, "first": rfc3339(c.first_ns)}
            | ({"phase": c.phase} if c.phase else {})
            for c in finding.connections
        ],
        "evidence": [_evidence(packet) for packet in finding.evidence],
        "display_filter": finding.display_filter,
        "alternatives": finding.alternatives,
        "next_steps": finding.next_steps,
    }


def _evidence(packet: Evidence) -> dict[str, Any]:
    return {
        "file": packet.ref >> REF_FILE_SHIFT,
        "frame": packet.ref & REF_FRAME_MASK,
        "time": rfc3339(packet.time_ns),
        "role": packet.role,
    }

"""States what was found: values only, no judgement and no layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Any

BUCKET_NS = 60_000_000_000
"""Findings that start in the same minute for the same source and destination are the same finding."""


class Severity(IntEnum):
    """How much a finding matters, lowest first."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One packet and what it proves."""

    ref: int
    """file index << 40 | frame number, see `capture.record`."""
    time_ns: int
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRef:
    """A connection that a finding speaks of."""

    id: int
    src: str
    sport: int
    dst: str
    dport: int
    first_ns: int
    phase: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of one source, with what proves it."""

    detector: str
    code: str
    severity: Severity
    confidence: float
    """0..1"""
    source: str
    """Address or prefix."""
    destination: str | None
    """`ip:port`, `[ip6]:port`, or None where several are touched."""
    start_ns: int
    end_ns: int
    summary: str
    """One sentence, no line break; strings from packets in it are raw: reports escape."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    connections: tuple[ConnectionRef, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """At most 20, in capture order."""
    display_filter: str = ""
    alternatives: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`ND101-1a2b3c4d`: code and a hash of detector, source, destination and start minute."""
        identity = f"{self.detector}|{self.source}|{self.destination or ''}|{self.start_ns // BUCKET_NS}"
        return f"{self.code}-{sha256(identity.encode()).hexdigest()[:8]}"


def endpoint(address: str, port: int) -> str:
    """`ip:port`, or `[ip6]:port`."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"

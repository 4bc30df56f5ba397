"""Holds a result as hostile as traffic can make it, without an engine."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from netdiag.connections.columns import Columns
from netdiag.connections.tables import Tables
from netdiag.findings.finding import ConnectionRef, Evidence, Finding, Severity
from netdiag.reports.document import Document, document
from netdiag.verdicts.extent import Extent
from netdiag.verdicts.verdict import Cause, Verdict

START_NS = 1_795_372_808_230_227_001
HOSTILE = (
    "=cmd|'/c calc'!A1 \x1b[31mred\x07 <script>alert(1)</script> `x` [a](http://evil.example) @everyone #12 \u202egnp.exe\r\n::error::x"
)
V6 = "2001:db8::1"


@dataclass
class FakeResult:
    """The attributes of `netdiag.analyze.Result` that reports read."""

    inputs: list[Any]
    counts: list[dict[str, int]]
    input_oddities: list[dict[str, int]]
    snis: list[list[str]]
    tables: Tables
    oddities: dict[str, int]
    by_source: dict[str, Any]
    finding_list: list[Finding] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    suppressed: list[tuple[str, str]] = field(default_factory=list)
    partial: bool = False

    @property
    def extent(self) -> Extent:
        told = "2 of 3 sources are in trouble."
        return Extent(kind="several", name=None, troubled=2, sources=len(self.by_source["source"]), p_value=None, summary=told)


def capture_input(path: str, index: int = 0, **changed: Any) -> Any:
    values = {
        "path": path,
        "index": index,
        "format": "pcap",
        "compression": None,
        "link_types": ("ETHERNET",),
        "packets": 13143,
        "bytes": 1_101_265,
        "first_ns": START_NS,
        "last_ns": START_NS + 135_661_487_000,
        "status": "complete",
        "error": None,
        "drops": 0,
        "interfaces": 1,
        "truncated_tail": False,
    }
    return SimpleNamespace(**{**values, **changed})


def finding(source: str = "10.9.0.1", summary: str = "415 of 690 SYNs were rejected.", **changed: Any) -> Finding:
    values: dict[str, Any] = {
        "detector": "port-reuse-collision",
        "code": "ND102",
        "severity": Severity.HIGH,
        "confidence": 0.95,
        "source": source,
        "destination": "10.9.0.2:9443",
        "start_ns": START_NS,
        "end_ns": START_NS + 1,
        "summary": summary,
        "metrics": {"rejected": np.int64(415), "p_value": np.float64(1e-40), "rate": float("nan"), "phases": {"no-server-hello": 2}},
        "thresholds": {"silence_s": 0.5},
        "connections": (
            ConnectionRef(id=1, src=source, sport=4000, dst="10.9.0.2", dport=9443, first_ns=START_NS, phase="no-server-hello"),
        ),
        "evidence": tuple(Evidence(ref=(1 << 40) | frame, time_ns=START_NS + frame, role=summary) for frame in range(1, 13)),
        "display_filter": "tcp.port in {4000}",
        "alternatives": (summary,),
        "next_steps": (summary,),
    }
    return Finding(**{**values, **changed})


def verdict(source: str = "10.9.0.1", text: str = "SYNs are rejected by TIME-WAIT.") -> Verdict:
    causes = (
        Cause(slug="tcp-state-collision", title="TCP state collision", weight=0.93, p_value=1e-40, reason=text, counts={"rejected": 415}),
        Cause(slug="per-source-penalty", title="Per-source penalty", weight=0.04, p_value=None, reason=text),
        Cause(slug="loss", title="Ordinary loss", weight=0.03, p_value=0.4, reason=text),
    )
    return Verdict(source=source, summary=text, causes=causes, confidence=0.97)


def source_row(source: str, severity: str | None = None, cause: str | None = None, **changed: Any) -> dict[str, Any]:
    numbers = {"connections": 1896, "established": 1806, "failed": 90, "stalled": 12, "reused_ports": 498}
    return {"source": source, "label": "", **numbers, "severity": severity, "verdict": cause, **changed}


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: np.array([row[name] for row in rows], None if isinstance(rows[0][name], int) else object) for name in rows[0]}


def fake(text: str = "Rejected.", extra: int = 0) -> FakeResult:
    rows = [source_row("10.9.0.1", "high", "tcp-state-collision", label=text), source_row(V6, "high", "tcp-state-collision")]
    calm = [source_row(f"10.1.{n >> 8}.{n & 255}", failed=0, stalled=0, reused_ports=0) for n in range(12)]
    troubled = [source_row(f"10.2.{n >> 8}.{n & 255}", "high", "tcp-state-collision") for n in range(extra)]
    names = [row["source"] for row in rows + troubled]
    return FakeResult(
        inputs=[
            capture_input("a.pcap"),
            capture_input(f"odd\udcff{text}.pcap", 1, status="truncated", error="byte 7: cut", truncated_tail=True),
        ],
        counts=[{"packets": 13143, "tcp": 13000}, {"packets": 2}],
        input_oddities=[{}, {"truncated": 3}],
        snis=[[text], []],
        tables=Tables(Columns({}), START_NS, START_NS, {"duplicated": 5, "snaplen_cut": 0}),
        oddities={"truncated": 3, "made_up": 1},
        by_source=columns(rows + troubled + calm),
        finding_list=[finding(name, text) for name in names],
        verdicts=[verdict(name, text) for name in names],
        suppressed=[("ND101-00000000", "our own prober")],
    )


@pytest.fixture
def hostile() -> Document:
    """The document of a capture written by an enemy."""
    return document(fake(HOSTILE))


@pytest.fixture
def mild() -> Document:
    """An ordinary document."""
    return document(fake())


@pytest.fixture
def large() -> Document:
    """A document with hundreds of sources in trouble, each with long texts."""
    return document(fake("x" * 3000, extra=300))


@pytest.fixture
def empty() -> Document:
    """The document of a capture without packets."""
    result = fake()
    nothing = capture_input("empty.pcap", packets=0, first_ns=None, last_ns=None)
    blank = {name: column[:0] for name, column in result.by_source.items()}
    return document(FakeResult([nothing], [{}], [{}], [[]], Tables(Columns({}), 0, 0), {}, blank))


@pytest.fixture
def fake_result() -> FakeResult:
    """What `mild` is made of."""
    return fake()

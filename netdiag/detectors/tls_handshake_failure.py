"""TLS handshakes that are broken off: alerts, resets in the middle, and resets that the peer did not send.

## What it looks for
A connection that began a TLS handshake and ended before it was complete, without having waited long: by an alert, by
a reset, or by a close. Among resets, those that something between the two sent in a peer's name.

## Why it matters
A broken handshake is an answer: the alert names the reason (a wrong certificate, no common version). A reset that the
peer did not send means that a device on the path forbids the connection, which neither end can see in its logs.

## How it decides
A handshake counts as broken when it has a ClientHello byte, is not complete, and ends (alert, RST, FIN) within
`stall_s` of its last progress; alerts count however late. Not judged: connections without their SYN, one-sided ones,
those with bytes missing from the capture. The kinds: alert-by-server, alert-by-client, reset-by-server,
reset-by-client, closed-by-server, closed-by-client, injected-reset. A reset is called injected if two of four signs
agree, since each alone has an innocent cause:

- the side sent data after its own reset (reordering gives this too);
- its TTL differs by `ttl_step` or more from that of the side's first packet (a load balancer may answer for a host);
- its sequence number lies beyond all that the side had sent, as of one who guesses or steps (loss in the capture);
- it came sooner than `fast_share` of the time that the server's SYN-ACK took (judged from `fast_rtt_s` on).

Severity: info for fewer than `low_count`; low from then on. Medium if it is sudden: a stretch of `sudden_count` broken
handshakes (at least half of it) after as many complete ones, found by exact Bernoulli partitioning. Injected: medium,
high from `high_injected`. Confidence: 0.95; 0.8 where the alert is encrypted, 0.85 for injected resets with two signs,
0.95 with three.

## When it is wrong
Clients that race two connections and drop the slower look like closed-by-client or reset-by-client. In TLS 1.3 most
alerts are encrypted: they are told by their length, without their reason. An injector that copies TTL, number and
timing of the peer is taken for the peer.

## What to do
Alerts: read the description; `openssl s_client -connect HOST:443 -servername NAME` repeats the handshake. Injected
resets: capture at the other end too; whatever one end received and the other never sent was made in between.

## References
RFC 8446 section 6; RFC 5246 section 7.2; Weaver, Sommer, Paxson: Detecting Forged TCP Reset Packets (NDSS 2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import in_blocks
from netdiag.connections.connection import Mark, Tls
from netdiag.detectors.detector import Detector
from netdiag.findings.alerts import description
from netdiag.findings.citation import connection_refs, display_filter, evidence, listed
from netdiag.findings.finding import Finding, Severity, endpoint
from netdiag.findings.groups import counts, group_codes, positions
from netdiag.findings.injection import READ as INJECTED
from netdiag.findings.injection import signs_of_injection
from netdiag.findings.segments import split
from netdiag.findings.wording import many

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables

KINDS = (
    "", "injected-reset", "alert-by-server", "alert-by-client",
    "reset-by-server", "reset-by-client", "closed-by-server", "closed-by-client",
)  # fmt: skip
READ = (
    "id", "src", "sport", "dst", "dport", "first_ns", "syn_ns", "hello_ns", "hello_ref", "quit_ns", "quit_ref", "alert_ns", "alert_ref",
    "alert_level", "alert_description", "alert_by",
)  # fmt: skip
JUDGED = (
    "marks", "tls", "tls_done_ns", "phase_ns", "quit_ns", "quit_by", "alert_level", "alert_by", *INJECTED,
)  # fmt: skip
ROLES = {"hello": "ClientHello", "alert": "alert", "quit": "the end of the handshake"}
ALTERNATIVES = (
    "Client and server have no version, cipher or certificate authority in common, as they are configured",
    "A device on the path (proxy, firewall, filter by server name) that ends connections in the server's name",
)
NEXT_STEPS = (
    "openssl s_client -connect HOST:443 -servername NAME (from the client)",
    "tshark -r CAPTURE -Y 'tls.alert_message || (tcp.flags.reset == 1)'",
)
UNSEEN = Mark.GAP_OUT | Mark.GAP_IN | Mark.PARTIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number a person may turn; nothing else in this file is tunable."""

    stall_s: float = 1.0
    """An end later than this after the last progress belongs to a stall, told by tls-handshake-stall."""
    ttl_step: int = 2
    """TTLs that differ by less are no sign: a path may change by a hop (Weaver et al.)."""
    fast_share: float = 0.5
    """A reset sooner than this share of the server's answering time cannot come from the server."""
    fast_rtt_s: float = 0.002
    """Shortest answering time for that: below it scheduling decides (a local answer was measured at 0.1 ms)."""
    low_count: int = 3
    """Broken handshakes that are more than a remark: one may be a user who pressed stop."""
    sudden_count: int = 5
    """Broken handshakes in a row, after as many complete ones: at 5 % of them one in 3 million series by chance."""
    high_injected: int = 3
    """Injected resets that make it high: the path forbids the service, not one connection."""


def detect(tables: Tables, t: Thresholds) -> list[Finding]:
    """One finding per source and service with broken handshakes."""
    every = tables.columns
    whole, done = np.zeros((2, len(every)), bool)
    kind, signs = np.zeros((2, len(every)), np.int8)
    for part, column in in_blocks(every, JUDGED):
        whole[part], done[part] = _whole(column), column["tls_done_ns"] > 0
        ended = np.flatnonzero(whole[part] & ~done[part])
        kind[part][ended], signs[part][ended] = _kinds({name: values[ended] for name, values in column.items()}, t)
    broken = kind > 0
    if not broken.any():
        return []
    codes = group_codes(every)
    pairs = positions(codes, counts(codes, broken, int(codes.max()) + 1) > 0)
    del codes
    found = []
    for pair in pairs:
        at = pair[whole[pair] & (broken[pair] | done[pair])]
        at = at[np.lexsort((every["id"][at], every["hello_ns"][at]))]
        cited = at[broken[at]]
        found.append(_finding(every.taken(cited, READ).joined({"kind": kind[cited], "signs": signs[cited]}), broken[at], t))
    return found


def _whole(column: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Handshakes of which the capture holds all that a judgement needs."""
    marks, seen = column["marks"], Mark.SEEN_OUT | Mark.SEEN_IN
    whole: NDArray[np.bool_] = ((marks & UNSEEN) == 0) & ((marks & seen) == seen) & (column["tls"] == Tls.TLS) & (column["hello_ns"] > 0)
    return whole


def _kinds(column: Mapping[str, NDArray[Any]], t: Thresholds) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Index into KINDS of how each unfinished handshake was broken (0: it was not), and how many signs of injection its reset has."""
    quit_ns, by_server = column["quit_ns"], column["quit_by"] == 2
    alert = (column["alert_by"] > 0) & (column["alert_level"] != 1)
    prompt = (quit_ns > 0) & (quit_ns - column["phase_ns"] < t.stall_s * 1e9)
    rst_ns = np.where(by_server, column["rst_in_ns"], column["rst_out_ns"])
    reset = prompt & (rst_ns > 0) & (rst_ns <= quit_ns)
    signs = np.where(reset, np.where(by_server, signs_of_injection(column, "in", t), signs_of_injection(column, "out", t)), 0)
    tests = [
        reset & (signs >= 2), alert & (column["alert_by"] == 2), alert, reset & by_server, reset, prompt & by_server, prompt,
    ]  # fmt: skip
    return np.select(tests, range(1, len(KINDS)), 0).astype(np.int8), signs


def _sudden(broken: NDArray[np.bool_], t: Thresholds) -> bool:
    """Whether broken handshakes begin together after complete ones."""
    done = 0
    for start, end in split(~broken):
        failed = int(broken[start:end].sum())
        if failed >= t.sudden_count and 2 * failed >= end - start and done >= t.sudden_count:
            return True
        done += end - start - failed
    return False


def _finding(rows: Columns, broken: NDArray[np.bool_], t: Thresholds) -> Finding:
    """The finding about the broken handshakes `rows`; of all that are judged, in time order, `broken` says which these are."""
    names = np.array(KINDS, object)[rows["kind"]]
    kinds = {kind: int(count) for kind in KINDS[1:] if (count := (names == kind).sum())}
    clear = rows.taken(np.char.startswith(names.astype(str), "alert") & (rows["alert_level"] > 0))
    codes, times = np.unique(clear["alert_description"], return_counts=True)
    alerts = {description(code): count for code, count in zip(codes.tolist(), times.tolist(), strict=True)}
    injected = kinds.get("injected-reset", 0)
    sudden = _sudden(broken, t)
    source, destination = rows.text("src"), endpoint(rows.text("dst"), int(rows["dport"][0]))
    metrics: dict[str, Any] = {
        "failed": len(rows), "attempts": len(broken), "kinds": kinds, "alerts": alerts,
        "injected": injected, "sudden": sudden, **listed(rows),
    }  # fmt: skip
    severity = Severity.LOW if len(rows) >= t.low_count else Severity.INFO
    if injected or sudden:
        severity = Severity.HIGH if injected >= t.high_injected else Severity.MEDIUM
    return Finding(
        detector=DETECTOR.slug,
        code=DETECTOR.code,
        severity=severity,
        confidence=_confidence(rows, len(clear)),
        source=source,
        destination=destination,
        start_ns=int(rows["first_ns"].min()),
        end_ns=int(max(rows[name].max() for name in ("first_ns", "quit_ns", "alert_ns"))),
        summary=_summary(metrics, f"from {source} to {destination}"),
        metrics=metrics,
        thresholds=asdict(t),
        connections=connection_refs(rows, names.tolist()),
        evidence=evidence(rows, ROLES),
        display_filter=display_filter(rows),
        alternatives=ALTERNATIVES,
        next_steps=NEXT_STEPS,
    )


def _confidence(rows: Columns, clear: int) -> float:
    kind, signs = rows["kind"], rows["signs"]
    if (kind == 1).any():
        return 0.95 if (signs >= 3).any() else 0.85
    return 0.8 if np.isin(kind, (2, 3)).all() and not clear else 0.95


def _summary(metrics: dict[str, Any], between: str) -> str:
    kinds = ", ".join(f"{kind} {count}" for kind, count in metrics["kinds"].items())
    reasons = ", ".join(f"{name} {count}" for name, count in metrics["alerts"].items())
    sudden = ", all at once after complete ones" if metrics["sudden"] else ""
    return (
        f"{metrics['failed']:,} of {many(metrics['attempts'], 'TLS handshake')} {between} {'was' if metrics['failed'] == 1 else 'were'} "
        + (f"broken off{sudden} ({kinds}{'; alerts: ' + reasons if reasons else ''}).")
    )


DETECTOR = Detector.of(__name__, code="ND202", reads=("connections",))

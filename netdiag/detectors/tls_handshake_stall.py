"""TLS handshakes that stop making progress.

## What it looks for
A connection whose TCP handshake completed and whose TLS handshake then waits too long for its next proved progress,
whether it goes on in the end or not.

## Why it matters
This is what users call "it hangs". Which step it waits for, and whose acknowledgement is missing, says where to look.

## How it decides
Progress is what the capture proves: bytes sent and acknowledged, hellos, Finished. A wait is a stall when it is longer
than the greatest of `min_stall_s`, `rtt_factor` round trips plus `rtt_extra_s`, and what is normal for that phase of
that server (the 99.9th percentile of its finished waits, from `baseline_samples` on, but at most `baseline_ratio` times
their median, so that frequent stalls do not become the norm). Phases, by what is missing: no-client-hello,
client-hello-lost (not fully acknowledged), no-server-hello (acknowledged, then silence), server-flight-lost (sent, not
acknowledged), server-flight-stopped, no-client-finish, no-server-finish. A wait without end in the capture counts if it
was too long by then; a shorter one is `partial`, and only remarked upon (info) if nothing else of that source is known.
No ClientHello is judged only where the service is known to speak TLS (another ClientHello in the capture, or a port of
`tls_ports`), and not when the connection closed within `probe_s` without a byte: a health check.
Not judged: connections without their SYN, one-sided ones, unfinished ones with bytes missing, those around a hole in the capture.
`vantage`: where the capture was made, by TTLs and delays (client, server, between). `blame`: who is at fault as far as that
place can tell (client, server, network-towards, network-back, unknown): an acknowledgement proves that the host has the
bytes; what was sent and never acknowledged was lost beyond. `deadline_s`: when half of those who gave up did so, a timer.
Severity: medium from the first handshake that never finished; high from `high_count` of them if they are `high_share`
of the attempts. Handshakes that recovered: low, medium from `high_count` and `high_share`, info below `low_share`.
Waiting for the ClientHello alone is info (a client may connect early and speak later), low from `high_count` and half
of the attempts. Confidence: 0.95; 0.9 if all were still open when the capture ended, 0.6 if only ClientHellos are missing.

## When it is wrong
Browsers that connect ahead of need look like no-client-hello. A client that asks its user for a certificate looks like
no-client-finish. In TLS 1.3 the server's last step is encrypted, so nothing after the client's Finished is judged.

## What to do
client-hello-lost: does the server's capture hold it? Yes: `ss -ltn` (Recv-Q at its limit: accept queue), no: the path.
no-server-hello: the application, or what it waits for. server-flight-lost: the MTU (`ping -M do -s 1472`), MSS clamping.

## References
RFC 8446 section 2, appendix D.4; RFC 5246 section 7.3; RFC 6298; RFC 8899 (black holes); https://tldr.fail
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections import spill
from netdiag.connections.blocks import in_blocks, taken, unique
from netdiag.connections.columns import Coded, Columns
from netdiag.connections.connection import Phase
from netdiag.detectors.detector import Detector
from netdiag.findings import vantage
from netdiag.findings.citation import connection_refs, display_filter, evidence, listed
from netdiag.findings.finding import Finding, Severity, endpoint
from netdiag.findings.groups import SERVICE, counts, group_codes, positions
from netdiag.findings.phases import LOOK, NEXT_STEPS, PHASE_NAMES, summary
from netdiag.findings.progress import NONE, OUTCOMES, PARTIAL, STALLED, STATES, WAITS, progress
from netdiag.findings.progress import READ as PROGRESS
from netdiag.findings.waits import exceeding, norms

if TYPE_CHECKING:
    from netdiag.connections.tables import Tables

COLUMNS = ("tls_state", "stall_phase", "stall_us", "stall_outcome")
ROLES = {"stuck": "last progress before the stall", "quit": "gave up"}
CITED = (
    "id", "src", "sport", "dst", "dport", "first_ns", "phase_ref", "wait_start_ns", "wait_ref", "quit_ns", "quit_ref", *vantage.READ,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number a person may turn; nothing else in this file is tunable."""

    min_stall_s: float = 1.0
    """No shorter wait is a stall: the first retransmission time-out of RFC 6298, and what people notice."""
    rtt_factor: float = 4.0
    """Round trips that a phase may take: TCP's own time-out is the round trip plus four times its variation (RFC 6298)."""
    rtt_extra_s: float = 0.2
    """Added to them: Linux's least retransmission time-out."""
    baseline_samples: int = 1000
    """Finished handshakes with a server before its own habits count: a 99.9th percentile needs a thousand."""
    baseline_ratio: float = 10.0
    """A server's norm is at most this many times its median wait: stalls of 1 in 1000 must not hide themselves."""
    probe_s: float = 1.0
    """A connection closed within this time without a byte is a health check (HAProxy's and ELB's close at once)."""
    tls_ports: tuple[int, ...] = (443, 465, 636, 853, 990, 993, 995, 5061, 5671, 6443, 8443, 8883, 9443)
    """Ports that speak TLS from the first byte even if no ClientHello was captured: IANA's, and common alternatives."""
    high_count: int = 3
    """Stalls that make it high: one may be a mishap."""
    high_share: float = 0.05
    """And their share of the attempts: one in twenty is felt by users."""
    low_share: float = 0.01
    """Recovered stalls below this share are a remark: ordinary loss gives as many (p = 0.1 % of segments, RTO doubled)."""


def judge(tables: Tables, t: Thresholds) -> Columns:
    """How each connection's TLS handshake fared.

    Returns
    -------
    Columns with a row for each of `tables.columns`: `tls_state` (text: none, complete, stalled, failed, partial),
    `stall_phase` (text, empty without), `stall_us` (int64, 0 without), `stall_outcome` (text: recovered, client-gave-up,
    server-gave-up, open, or empty). A `partial` row that was waiting when the capture ended says for what and
    how long so far. Worked out once per tables and thresholds: do not change it.
    """
    key = (DETECTOR.slug, t)
    if key not in tables.shared:
        tables.shared[key] = _judge(tables, t)
    judged: Columns = tables.shared[key]
    return judged


def _judge(tables: Tables, t: Thresholds) -> Columns:
    connections, count = tables.columns, len(tables.columns)
    service = group_codes(connections, SERVICE)
    speaks = counts(service, connections["hello_ns"] > 0, int(service.max(initial=-1)) + 1) > 0
    byte = np.dtype(np.int8)
    kept = spill.columns({"state": byte, "where": byte, "outcome": byte, "stall_us": np.dtype(np.int64)}, count)[-1]
    state, where, outcome, stall_us = kept.values()
    done, slow = np.zeros(count, bool), [np.zeros(0, np.int64)]
    for part, column in in_blocks(connections, PROGRESS):
        seen = progress(column, speaks[service[part]], tables.last_ns, t)
        nothing, done[part] = np.zeros(len(seen.done), bool), seen.done
        state[part], where[part], stall_us[part], outcome[part] = seen.told(nothing, nothing)
        slow.append(part.start + np.flatnonzero(seen.slow))
    at = np.concatenate(slow)  # few: norms and phases are for them alone
    if at.size:
        waits, here = [connections[name] for name in WAITS], service[at]
        norm = norms(waits, done, service, unique(here), t.baseline_samples, t.baseline_ratio)
        seen = progress({name: connections[name][at] for name in PROGRESS}, speaks[here], tables.last_ns, t)
        limits = np.maximum(norm[here], seen.own_ns[:, None])
        over, worst = exceeding(waits, at, limits)
        stuck = seen.waiting & (seen.last_ns > limits[np.arange(len(at)), np.maximum(seen.phase, 1) - 1])
        back = ~stuck & (over > 0)
        state[at], where[at], stall_us[at], outcome[at] = seen.told(stuck, back)
        where[at[back]], stall_us[at[back]] = worst[back], over[back] // 1000
    kinds = (state, STATES), (where, ("", *PHASE_NAMES[1:])), (outcome, OUTCOMES)
    texts = [Coded(codes, np.array(names, object)) for codes, names in kinds]
    return Columns(dict(zip(COLUMNS, (texts[0], texts[1], stall_us, texts[2]), strict=True)))


def detect(tables: Tables, t: Thresholds) -> list[Finding]:
    """One finding per source and service with stalled handshakes, or with nothing but unfinished ones."""
    judged, connections = judge(tables, t), tables.columns
    state = judged["tls_state"]
    relevant, service = state != NONE, group_codes(connections, SERVICE)
    if not relevant.any():
        return []
    told = counts(service, relevant & (state != PARTIAL), int(service.max()) + 1) > 0  # somebody's handshake with it can be judged
    asked = (state == STALLED) | (relevant & ~taken(told, service))
    del service
    codes = group_codes(connections)
    pairs = positions(codes, counts(codes, asked, int(codes.max()) + 1) > 0)
    del codes, asked
    found = (_finding(connections, judged, at[relevant[at]], t) for at in pairs)
    return [finding for finding in found if finding]


def _finding(connections: Columns, judged: Columns, at: NDArray[np.int32], t: Thresholds) -> Finding | None:
    """The finding about the handshakes at these positions, those of one source and service."""
    state, phase = (judged[name][at] for name in ("tls_state", "stall_phase"))
    stalled, waiting = at[state == STALLED], at[(state == PARTIAL) & (phase > 0)]
    cited = stalled if stalled.size else waiting
    if not cited.size:
        return None
    rows = connections.joined(judged).taken(cited, (*CITED, *COLUMNS)).ordered("first_ns", "id")
    recovered = rows.says("stall_outcome", "recovered")
    stuck = {
        "stuck_ref": np.where(recovered, rows["wait_ref"], rows["phase_ref"]),
        "stuck_ns": np.where(recovered, rows["wait_start_ns"], rows["phase_ns"]),
    }
    rows, attempts, phases = rows.joined(stuck), int((state != PARTIAL).sum()), rows.tally("stall_phase")
    per_phase = {name: phases[name] for name in PHASE_NAMES if name in phases}
    outcomes = dict(sorted(rows.tally("stall_outcome").items()))
    severity, confidence = (Severity.INFO, 0.3) if not stalled.size else _weigh(rows, attempts, t)
    source, destination = rows.text("src"), endpoint(rows.text("dst"), int(rows["dport"][0]))
    present = [Phase[name.upper().replace("-", "_")] for name in per_phase]
    metrics: dict[str, Any] = {"stalled": len(stalled), "attempts": attempts, "phases": per_phase, "outcomes": outcomes}
    metrics |= {"longest_s": float(rows["stall_us"].max()) / 1e6, **vantage.standing(connections, rows, at), **listed(rows)}
    return Finding(
        detector=DETECTOR.slug,
        code=DETECTOR.code,
        severity=severity,
        confidence=confidence,
        source=source,
        destination=destination,
        start_ns=int(rows["first_ns"].min()),
        end_ns=int((rows["stuck_ns"] + rows["stall_us"] * 1000).max()),
        summary=summary(metrics, len(rows), f"from {source} to {destination}"),
        metrics=metrics,
        thresholds=asdict(t),
        connections=connection_refs(rows, rows.words("stall_phase").tolist()),
        evidence=evidence(rows, ROLES),
        display_filter=display_filter(rows),
        alternatives=tuple(LOOK[phase] for phase in present),
        next_steps=(*(NEXT_STEPS[phase] for phase in present if phase in NEXT_STEPS), "tshark -r CAPTURE -Y 'tls.handshake'"),
    )


def _weigh(rows: Columns, attempts: int, t: Thresholds) -> tuple[Severity, float]:
    """Severity and confidence of stalled rows."""
    unasked = rows.words("stall_phase") == PHASE_NAMES[Phase.NO_CLIENT_HELLO]
    if unasked.all():
        many = len(rows) >= t.high_count and 2 * len(rows) >= attempts
        return (Severity.LOW if many else Severity.INFO), 0.6
    outcome = rows.words("stall_outcome")[~unasked]
    if lost := int((outcome != "recovered").sum()):
        grave = lost >= t.high_count and lost >= t.high_share * attempts
        return (Severity.HIGH if grave else Severity.MEDIUM), (0.9 if (outcome == "open").all() else 0.95)
    many, few = len(outcome) >= t.high_count and len(outcome) >= t.high_share * attempts, len(outcome) < t.low_share * attempts
    return (Severity.INFO if few else Severity.MEDIUM if many else Severity.LOW), 0.95


DETECTOR = Detector.of(__name__, code="ND201", reads=("connections",))

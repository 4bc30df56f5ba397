"""SYNs from a reused source port that an older connection's state rejects.

## What it looks for
A SYN that is answered by a bare ACK for the numbers of an older connection of the same 4-tuple, whether or not that
connection is in the capture.

## Why it matters
The server (or something that speaks for it) still holds the old connection, usually in TIME-WAIT. The client must
reset it and try again: one second lost at best. Where the ACK or the reset is filtered on the way, every retry meets
the same answer until TIME-WAIT ends (60 s on Linux), or for ever if the old connection is established. Repeated SYNs
within 500 ms get no answer at all on Linux, which looks like a dropped SYN or a flood control, and is neither.

## How it decides
The tracker links each such ACK to the SYN it answers (`wrong_acks`). A rejected attempt is a row with one; a reused
attempt without any answer whose SYN came within `silence_s` after such an ACK on its 4-tuple belongs to the same
collision. SYN-ACKs with a wrong acknowledgement are another thing (a "safe reset" flood control) and do not count.
Why it was rejected is told by its SYN: the timestamp is older than the last one of that 4-tuple (PAWS: a NAT gave the
port to another host, or to a connection with another timestamp offset), or there is none and the sequence number is
not above the old one, or the old connection was still open.
A host whose SYN is rejected resets the wrong ACK or, where that never arrives, repeats the SYN. Attempts that did neither
though the capture went on for `reaction_s` are nobody's (a forged address, a scanner that does not listen) if the source
never sent anything but SYNs, or if chance hits so many ports in use: Poisson tail of 1e-4, expecting the lonely SYNs
times the ports used in 64512. They are counted (`unattended`) and accuse nobody: without others the finding is info.
Who loses: `new_lost` attempts were never accepted; `old_lost` open connections were ended by the reset of the new one.
Severity: medium from the first rejection; high from `high_count`, or from `high_share` of all reuses when more than
one; critical from `critical_count` if they are `critical_share` of all attempts.
Confidence: 0.99 where the older connection is in the capture, 0.85 where it is not.

## When it is wrong
A keep-alive ACK of the old connection that crosses the SYN looks the same if the capture point is far from the
server. In a one-sided capture it cannot be seen. Before a NAT the reuse itself may be invisible; the ACK is not.

## What to do
At the NAT: longer hold-down than the server's TIME-WAIT (60 s), more ports, port preservation. At the server:
`nstat TcpExtPAWSTimewait TcpExtTCPACKSkippedTimeWait`. Do not filter out-of-window ACKs and resets between the two.

## References
RFC 5961 section 4.2; RFC 6191 section 2; RFC 9293 section 3.10.7; Linux net/ipv4/tcp_minisocks.c
(`tcp_timewait_state_process`), `tcp_invalid_ratelimit`; commit 165573e41f2f (timestamp offsets by port).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import taken, where
from netdiag.connections.connection import Answer, Close, Mark
from netdiag.detectors.detector import Detector
from netdiag.findings.citation import connection_refs, display_filter, evidence, listed
from netdiag.findings.finding import Finding, Severity, endpoint
from netdiag.findings.groups import counts, group_codes, positions
from netdiag.findings.retries import accepted_ns
from netdiag.findings.unattended import unattended
from netdiag.findings.wording import many, were

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number a person may turn; nothing else in this file is tunable."""

    silence_s: float = 0.5
    """Linux answers one such SYN per this time and is silent to the others (`tcp_invalid_ratelimit`, 500 ms)."""
    reaction_s: float = 3.0
    """A host has reset the wrong ACK or repeated its SYN by then: the initial time-out of RFC 2988, the longest in use."""
    high_count: int = 3
    """Rejected attempts that make it high: the client failed again and again, not once by mishap."""
    high_share: float = 0.05
    """Or this share of all reuses, if there are two or more: one in twenty is felt by users."""
    critical_count: int = 20
    """Rejected attempts that may make it critical."""
    critical_share: float = 0.25
    """And their share of all attempts of the source to the service: a quarter is an outage to its users."""


READ = (
    "id", "src", "sport", "dst", "dport", "first_ns", "syn_ns", "syn_ref", "syn_last_ns", "syn_count", "syn_tsval", "synack_ns", "isn_out",
    "packets_out", "marks", "reused", "prev_close", "prev_tsval", "prev_seq",
    "wrong_ack_ns", "wrong_ack_ref", "wrong_ack_id", "wrong_ack_rsts",
)  # fmt: skip
ROLES = {"syn": "SYN with a new initial sequence number", "wrong_ack": "answered by a bare ACK for an older connection's numbers"}
ALTERNATIVES = (
    "A keep-alive ACK of the old connection that crossed the SYN",
    "A middlebox that answers for a connection it still remembers",
)
NEXT_STEPS = (
    "nstat -az TcpExtPAWSTimewait TcpExtTCPACKSkippedTimeWait TcpExtTCPChallengeACK TcpExtTCPSYNChallenge (on the server)",
    "ss -tan state time-wait (on the server: are these 4-tuples there?)",
    "conntrack -L -p tcp (on the NAT: does it reuse a port within the server's 60 s of TIME-WAIT?)",
)


def detect(tables: Tables, t: Thresholds) -> list[Finding]:
    """One finding per source and service whose SYNs were rejected by older connections."""
    every = tables.columns
    attempt = every["syn_ns"] > 0
    rejected = (every["wrong_acks"] > 0) & attempt
    if not rejected.any():
        return []
    rejected[_silenced(every, t)] = True
    attempts = where(attempt)
    codes = group_codes(every, at=attempts)
    pairs = positions(codes, counts(codes, taken(rejected, attempts), int(codes.max()) + 1) > 0)
    del codes
    found = (attempts[pair] for pair in pairs)
    return [_finding(every.taken(at, READ), rejected[at], tables.last_ns, t) for at in found]


def _silenced(every: Columns, t: Thresholds) -> NDArray[np.int64]:
    """Positions of reused attempts without an answer that came too soon after the wrong ACK to the attempt before."""
    unanswered = (every["answer"] == Answer.NONE) & (every["syn_ns"] > 0) & (every["prev_id"] >= 0)
    at, ids = np.flatnonzero(unanswered), every["id"]
    before = every["prev_id"][at]
    earlier = np.searchsorted(ids, before).clip(max=len(every) - 1)
    earlier_ns = np.where(ids[earlier] == before, every["wrong_ack_ns"][earlier], 0)
    since = every["syn_ns"][at] - earlier_ns
    return at[(earlier_ns > 0) & (since >= 0) & (since < t.silence_s * 1e9)]


def _finding(every: Columns, rejected: NDArray[np.bool_], last_ns: int, t: Thresholds) -> Finding:
    accepted = accepted_ns(every)
    nobodys = int(unattended(every, rejected, accepted, last_ns, t.reaction_s).sum())
    since = accepted[rejected]
    delays_s = (since - every["syn_ns"][rejected])[since > 0] / 1e9
    rows = every.taken(rejected).ordered("syn_ns", "id")
    count, reuses, attempts, recovered = len(rows), int(every["reused"].sum()), len(every), len(delays_s)
    known = rows["reused"] & (rows["wrong_ack_id"] >= 0)
    metrics: dict[str, Any] = {
        "collisions": count, "reuses": reuses, "attempts": attempts, "share_of_reuses": round(count / reuses, 4) if reuses else None,
        **_reasons(rows), "new_lost": count - recovered, "unattended": nobodys,
        "resets_sent": int((rows["wrong_ack_rsts"] > 0).sum()), "recovered": recovered,
        "delay_median_s": round(float(np.median(delays_s)), 6) if recovered else None,
        "delay_max_s": round(float(delays_s.max()), 6) if recovered else None, **listed(rows),
    }  # fmt: skip
    source, destination = rows.text("src"), endpoint(rows.text("dst"), int(rows["dport"][0]))
    return Finding(
        detector=DETECTOR.slug,
        code=DETECTOR.code,
        severity=_severity(count - nobodys, reuses, attempts, t),
        confidence=0.99 if known.any() else 0.85,
        source=source,
        destination=destination,
        start_ns=int(rows["first_ns"].min()),
        end_ns=int(np.maximum(rows["wrong_ack_ns"], rows["syn_last_ns"]).max()),
        summary=f"{count:,} of {many(attempts, 'connection attempt')} from {source} to {destination} reused a port and {were(count)} "
        f"answered with an older connection's numbers{_because(metrics)}; {_ended(metrics)}.",
        metrics=metrics,
        thresholds=asdict(t),
        connections=connection_refs(rows),
        evidence=evidence(rows, ROLES),
        display_filter=display_filter(rows),
        alternatives=ALTERNATIVES,
        next_steps=NEXT_STEPS,
    )


def _reasons(rows: Columns) -> dict[str, int]:
    """How many were rejected why, and how many open connections a reset ended in turn."""
    marks, reused, close = rows["marks"], rows["reused"], rows["prev_close"]
    stamped = (marks & (Mark.SYN_TS | Mark.PREV_TS)) == (Mark.SYN_TS | Mark.PREV_TS)
    older = stamped & _before(rows["syn_tsval"], rows["prev_tsval"])
    alive = reused & ~np.isin(close, (Close.CLOSED, Close.RESET))
    lower = reused & ~stamped & ~alive & ~_before(rows["prev_seq"], rows["isn_out"])
    ended = alive & (close != Close.HALF_OPEN) & (rows["wrong_ack_rsts"] > 0)
    kinds = {"older_timestamp": older, "lower_sequence": lower, "old_still_open": alive & ~older, "old_lost": ended}
    return {name: int(kind.sum()) for name, kind in kinds.items()}


def _ended(metrics: dict[str, Any]) -> str:
    recovered, nobodys, old = metrics["recovered"], metrics["unattended"], metrics["old_lost"]
    told = f"{recovered:,} of them {were(recovered)} accepted later, if need be by a retry from another port"
    told += f"; {many(old, 'older connection')} {were(old)} ended by it" if old else ""
    return told + (f"; {nobodys:,} of them neither repeated nor reset, as spoofed SYNs are not" if nobodys else "")


def _before(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """a < b modulo 2^32 (RFC 9293 section 3.4)."""
    return (a.astype(np.uint32) - b.astype(np.uint32)).astype(np.int32) < 0


def _severity(count: int, reuses: int, attempts: int, t: Thresholds) -> Severity:
    if not count:
        return Severity.INFO
    if count >= t.critical_count and count >= t.critical_share * attempts:
        return Severity.CRITICAL
    return Severity.HIGH if count >= t.high_count or (count > 1 and count >= t.high_share * reuses) else Severity.MEDIUM


def _because(metrics: dict[str, Any]) -> str:
    reasons = {
        "older_timestamp": "had an older timestamp",
        "lower_sequence": "a lower sequence number",
        "old_still_open": "met an open connection",
    }
    told = [f"{metrics[key]} {text}" for key, text in reasons.items() if metrics[key]]
    return f" ({', '.join(told)})" if told else ""


DETECTOR = Detector.of(__name__, code="ND102", reads=("connections",))

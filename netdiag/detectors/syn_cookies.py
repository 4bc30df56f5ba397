"""A service that answers with SYN cookies: its backlog of half-open connections was full.

## What it looks for
SYN-ACKs that carry the marks of SYN cookies, from when to when.

## Why it matters
Cookies are sent when more SYNs wait than the server can hold: under a SYN flood, or a backlog that is too short. The
service lives on, but an ACK that is lost is never asked for again, and options may be missing: slow connections, and
clients that wait for a server which does not know them.

## How it decides
Per service, over all sources. Two marks of Linux's cookies in a SYN-ACK:

- **constant**: two connections of one 4-tuple (and VLAN) in `same_s` whose SYN-ACK's number less the SYN's is the same:
  a cookie is a hash of addresses, ports and the minute, plus the client's number. 1 in 4 billion by chance.
- **unrepeated**: the handshake was never completed, and the SYN-ACK never repeated within `repeat_s`, though the client
  did not reset it. Only counted where the service repeats its SYN-ACKs at other times, as some servers never do.

It is told from one constant mark or `min_unrepeated` unrepeated ones on; SYN-ACKs with window 0 are left out (a SYN proxy: see
flood-control-trip). `onset` and `offset` bound the time: the ordinary SYN-ACKs just before the first mark and after the last.
Severity: info; low from `low_count` marks. Confidence: 0.99 with a constant mark, else 0.8.

## When it is wrong
A service in front of which a device answers half-open connections by itself. Cookies of connections that are completed
carry no mark here (rounded segment sizes and dropped options are not looked at), so a short episode may be missed.

## What to do
`nstat -az TcpExtSyncookiesSent TcpExtTCPReqQFullDoCookies` on the server. Without a flood: raise the listen backlog,
net.core.somaxconn and net.ipv4.tcp_max_syn_backlog.

## References
Linux net/ipv4/syncookies.c; RFC 4987 section 3.6; measured on Linux 6.18 (client's number + 1000 gives cookie + 1000).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import blocks, taken, where
from netdiag.connections.connection import Answer
from netdiag.detectors.detector import Detector
from netdiag.findings.citation import connection_refs, display_filter, evidence, listed
from netdiag.findings.finding import Finding, Severity, endpoint
from netdiag.findings.groups import SERVICE, counts, covering, group_codes, positions
from netdiag.findings.wording import many

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables

READ = (
    "id", "src", "sport", "dst", "dport", "first_ns", "syn_ns", "syn_ref", "synack_ns", "synack_ref", "isn_out", "isn_in",
    "packets_out", "syn_count", "synack_count", "rst_out", "established",
)  # fmt: skip
ALTERNATIVES = (
    "A device in front of the server that answers SYNs by itself and repeats nothing",
    "Retransmitted SYN-ACKs that the capture lost",
)
NEXT_STEPS = (
    "nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv TcpExtTCPReqQFullDoCookies (on the server)",
    "sysctl net.ipv4.tcp_max_syn_backlog net.core.somaxconn; ss -ltn (on the server: Send-Q is the backlog)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number a person may turn; nothing else in this file is tunable."""

    same_s: float = 60.0
    """Time within which two SYN-ACKs of a 4-tuple are compared: Linux's cookies change with the minute."""
    repeat_s: float = 3.0
    """A SYN-ACK not repeated within this time is a cookie: Linux repeats after 1 s, and a lost one again after 3 s."""
    min_unrepeated: int = 5
    """Unrepeated SYN-ACKs needed: a capture that loses 5 % of its packets loses both repetitions five times in 3 million."""
    low_count: int = 20
    """Marks that make it low: the backlog overflowed for longer than a moment."""


def detect(tables: Tables, t: Thresholds) -> list[Finding]:
    """One finding per service, for all its sources together."""
    every = tables.columns
    answered = (every["answer"] == Answer.SYN_ACK) & (every["synack_window"] > 0) & (every["syn_ns"] > 0)
    at = where(answered)
    if not at.size:
        return []
    repeated = taken(every["synack_count"] > every["syn_count"], at)
    constant, unrepeated = _constant(every, at, t), taken(_unrepeated(every, tables.last_ns, t), at) & ~repeated
    service = group_codes(every, SERVICE, at)
    per_service = partial(counts, service, many=int(service.max()) + 1)
    habit = per_service(repeated) > 0
    told = (per_service(constant) > 0) | (habit & (per_service(unrepeated) >= t.min_unrepeated))
    kept = taken(told, service)  # few: whole rows are for them alone
    marks = {"constant": constant[kept], "unrepeated": (unrepeated & habit[service])[kept], "repeated": repeated[kept]}
    rows = every.taken(at[kept], READ).joined(marks | {"service": service[kept]}).ordered("synack_ns", "id")
    return [_finding(rows.taken(own), t) for own in positions(np.unique(rows["service"], return_inverse=True)[1])]


def _constant(every: Columns, at: NDArray[np.int32], t: Thresholds) -> NDArray[np.bool_]:
    """Of the rows `at`, those whose SYN-ACK number follows from the client's as that of a neighbour on the same 4-tuple does."""
    constant, chained, before = np.zeros(len(at), bool), np.zeros(len(every), bool), every["prev_id"]
    reused = where((before >= 0) & (before < len(every)))
    chained[reused] = chained[before[reused]] = True
    again = where(taken(chained, at))  # few: 4-tuples that come twice
    tuples = group_codes(every, (*SERVICE, "src", "sport"), at[again])
    times, isn, answer = (every[name][at[again]] for name in ("synack_ns", "isn_out", "isn_in"))
    order = np.lexsort((times, tuples))
    for part in blocks(len(order) - 1):
        one, next_one = order[part], order[part.start + 1 : part.stop + 1]
        same = (tuples[one] == tuples[next_one]) & (times[next_one] - times[one] <= t.same_s * 1e9) & (isn[one] != isn[next_one])
        same &= answer[one] - isn[one] == answer[next_one] - isn[next_one]  # modulo 2^32
        constant[again[one[same]]] = constant[again[next_one[same]]] = True
    return constant


def _unrepeated(every: Columns, last_ns: int, t: Thresholds) -> NDArray[np.bool_]:
    """Rows whose originator said nothing after the SYN-ACK, although there was time to repeat that."""
    mute = ~every["established"] & (every["rst_out"] == 0)
    mute &= every["packets_out"] <= every["syn_count"]
    waited: NDArray[np.bool_] = mute & (every["synack_ns"] < last_ns - round(t.repeat_s * 1e9))
    return waited


def _finding(every: Columns, t: Thresholds) -> Finding:
    constant, marked = every["constant"], (every["constant"] | every["unrepeated"])
    rows, times = every.taken(marked), every["synack_ns"]
    start_ns, end_ns = int(times[marked][0]), int(times[marked][-1])
    ordinary = times[every["repeated"]]
    before, after = ordinary[ordinary < start_ns], ordinary[ordinary > end_ns]
    source, destination = covering([*rows.tally("src")]), endpoint(rows.text("dst"), int(rows["dport"][0]))
    marks = {"constant": int(constant.sum()), "unrepeated": int((marked & ~constant).sum())}
    metrics: dict[str, Any] = marks | {
        "onset_s": [round((start_ns - int(before[-1])) / 1e9, 3) if before.size else None, 0.0],
        "offset_s": [0.0, round((int(after[0]) - end_ns) / 1e9, 3) if after.size else None],
        "answered": len(every), **listed(rows),
    }  # fmt: skip
    return Finding(
        detector=DETECTOR.slug,
        code=DETECTOR.code,
        severity=Severity.LOW if len(rows) >= t.low_count else Severity.INFO,
        confidence=0.99 if constant.any() else 0.8,
        source=source,
        destination=destination,
        start_ns=start_ns,
        end_ns=end_ns,
        summary=f"{destination} answered {many(len(rows), 'SYN')} with SYN cookies ({marks['constant']} by a constant number, "
        f"{marks['unrepeated']} never repeated): its backlog was full.",
        metrics=metrics,
        thresholds=asdict(t),
        connections=connection_refs(rows),
        evidence=evidence(rows, {"syn": "SYN", "synack": "SYN-ACK with the marks of a cookie"}),
        display_filter=display_filter(rows),
        alternatives=ALTERNATIVES,
        next_steps=NEXT_STEPS,
    )


DETECTOR = Detector.of(__name__, code="ND302", reads=("connections",))

"""Bursts of source-port reuse by one source.

## What it looks for
A source that opens connections to one service from source ports it used there a moment ago: far more often than
chance, several times within a minute from one port, or less than a second after the old connection was closed.

## Why it matters
A reused port meets whatever the server, a NAT or a firewall still remembers of the old connection. Most often nothing
happens; sometimes the SYN is refused (`port-reuse-collision`) or a flood control counts it (`flood-control-trip`).

## How it decides
Unit: a connection attempt, one initial sequence number of a 4-tuple, retransmissions folded. Per source and service:
reuses that follow the attempt before by less than `window_s` are counted, and compared with what independent random
ports would give: the sum over attempts of 1 - exp(-n / `pool`), n being the attempts in the window before. It is a burst when

- that count is at least `ratio` times the expectation and its Poisson tail below `p_value`, or
- ports are used for the third time within the window, with a tail below `remark_p_value`, expecting the sum of (n / `pool`)^2 / 2, or
- ports are reused within `closed_gap_s` of a close (FIN both ways or RST), with the same tail, expecting n / `pool` in that time, or
- there are `narrow_attempts` attempts or more and the upper end of the 95 % interval of the effective pool is below
  `narrow_pool`. The pool estimate is N(N-1)/2C for C pairs of attempts that share a port; a NAT that avoids ports in
  use biases it upwards.

Of many pairs of source and service, so few are told that one in a hundred of them may be chance (Benjamini-Hochberg).

`nat_profiles` names documented allotments that fit: no fewer ports than were seen, no more than the interval allows, and
no longer a rest after FIN or reset than the shortest seen (Azure's load balancer 32 to 1024 by pool size, its NAT gateway
64512 with 65 s and 16 s; Google Cloud NAT 64 with 30 s; AWS 55000; Linux 14116 or 28232; Windows and macOS 16384).
`aligned_block`: all ports lie in one aligned 2^k block, which ports of a whole address do by chance once in a million.
`effect`: reuses by expected reuses. `cool_down_interval_s`: between which gaps reused ports begin to pass, where such a
step tells which fail (see `flood-control-trip`).

`expected_reuses` and `p_value` in the metrics speak of all reuses of the capture: N - P(1 - (1 - 1/P)^N).
Severity: info without harm; low when the first of the rules holds; medium when a reuse was answered with the numbers of
an older connection, or fresh ports fared significantly better (Fisher, `harm_p_value`).
Confidence is 1 less the p-value of the rule that held, at most 0.95: reuse is seen, not inferred.

## When it is wrong
Programs with a fixed source port, load balancers' health checks, and scanners reuse ports by design (ports below
`lowest_port` are left out). What a device drops on the way, a capture behind it does not show: no harm seen at the server
is none proved. Before a NAT the ports are not those the server sees. A capture that begins late does not
know the earlier use of a port.

## What to do
Look at `port-reuse-collision` first: without refusals this is a remark. Widen the NAT's port pool or its hold-down
timer; on a host, use persistent connections.

## References
RFC 6056 section 2.3; RFC 6191; Linux commit 7da62262ec96 (`ip_local_port_step_width`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import exp, log1p
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import among, taken, unique, where
from netdiag.connections.connection import Close
from netdiag.detectors.detector import Detector
from netdiag.findings.citation import connection_refs, display_filter, evidence, listed
from netdiag.findings.finding import Finding, Severity, endpoint
from netdiag.findings.groups import counts, group_codes, positions
from netdiag.findings.outcome import FAILURES, Outcome, outcomes_of
from netdiag.findings.pool import in_words, pool
from netdiag.findings.portrules import USED, choose, port_rules
from netdiag.findings.reuse import expected, since_use, thirds, within
from netdiag.findings.significance import benjamini_hochberg, fisher_exact, poisson_tail
from netdiag.findings.wording import many

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number a person may turn; nothing else in this file is tunable."""

    window_s: float = 60.0
    """Reuses count when the attempt before lies less than this back: Linux's TIME-WAIT, which a reuse would meet."""
    pool: int = 14116
    """Source ports that chance may choose from: Linux's default range, one parity (measured on Linux 6.18)."""
    p_value: float = 1e-6
    """Poisson tail below which quick reuses are no chance: one false alarm in a million pairs of source and service."""
    ratio: float = 5.0
    """And they must be this many times the expectation: an effect, not only a significance."""
    closed_gap_s: float = 1.0
    """A reuse sooner than this after a close is quick: no single host does it while its own TIME-WAIT lasts."""
    remark_p_value: float = 1e-4
    """Poisson tail below which thirds and reuses after a close are no chance; milder, as they give a remark only."""
    narrow_pool: int = 2048
    """An effective pool surely below this is narrow: twice the 1024 ports of Azure's default SNAT."""
    narrow_attempts: int = 20
    """Attempts needed to judge the pool: fewer give an interval wider than a factor of three."""
    lowest_port: int = 1024
    """Source ports below this are chosen on purpose (RFC 6335 system ports)."""
    harm_p_value: float = 1e-3
    """Fisher tail below which reused ports fail more than fresh ones: one in a thousand sources by chance."""

    def __post_init__(self) -> None:
        if self.pool < 2:
            raise ValueError(f"pool = {self.pool} must be at least 2: chance needs ports to choose from")


READ = ("id", "src", "sport", "dst", "dport", "first_ns", "syn_ns", "syn_ref", "syn_count", "synack_ns", "last_ns", "reused",
        "prev_close", "prev_gap_ns")  # fmt: skip
DRAWN = ("syn_ns", "sport", "reused", "prev_close", "prev_gap_ns")
ALTERNATIVES = (
    "A program with a fixed source port, or a load balancer's health checks",
    "Several hosts behind one address that shares a narrow port pool",
)
NEXT_STEPS = (
    "tshark -r CAPTURE -Y 'tcp.analysis.reused_ports'",
    "nstat -az TcpExtPAWSTimewait TcpExtTWRecycled TcpExtTCPChallengeACK (on the server)",
    "sysctl net.ipv4.ip_local_port_range (on the client)",
    "a capture from the client's side of the path: SYNs that a device drops on the way are not in one from behind it",
)


def detect(tables: Tables, t: Thresholds) -> list[Finding]:
    """One finding per source and service that reuses ports in bursts."""
    every = tables.columns
    syn_ns = every["syn_ns"]
    asked = (syn_ns > 0) & ~every["partial"] & (every["sport"] >= t.lowest_port)
    attempts = where(asked)
    reused = taken(every["reused"], attempts)
    if not reused.any():
        return []
    codes = group_codes(every, at=attempts)
    many = int(codes.max()) + 1
    pairs = [attempts[pair] for pair in positions(codes, counts(codes, reused, many) > 0)]
    del codes, attempts
    found = [one for at in pairs if (one := _judge(tables, at[np.argsort(syn_ns[at], kind="stable")], t))]
    told = benjamini_hochberg(np.array([p_value for _, p_value in found]), many)
    return [finding for (finding, _), fits in zip(found, told, strict=True) if fits]


def _judge(tables: Tables, at: NDArray[np.int32], t: Thresholds) -> tuple[Finding, float] | None:
    """The finding about the attempts at these positions, if it is one, and how easily chance would look so."""
    rows = tables.columns.taken(at, DRAWN)
    reused, syn_ns, sport = rows["reused"], rows["syn_ns"], rows["sport"]
    window_ns, brief_ns = round(t.window_s * 1e9), round(t.closed_gap_s * 1e9)
    quick = reused & (since_use(sport, syn_ns) < window_ns)
    brief = quick & among(rows["prev_close"], (Close.CLOSED, Close.RESET)) & (rows["prev_gap_ns"] < brief_ns)
    quick_expected, thirds_expected = expected(syn_ns, window_ns, t.pool)
    quick_p = poisson_tail(int(quick.sum()), quick_expected)
    unlikely = bool(quick_p < t.p_value and quick.sum() >= t.ratio * quick_expected)
    thirds_p = poisson_tail(thirds(sport, syn_ns, window_ns), thirds_expected)
    brief_p = poisson_tail(int(brief.sum()), float((within(syn_ns, brief_ns) / t.pool).sum()))
    drawn = pool(rows)
    largest = drawn["pool_interval"][1]
    narrow = len(rows) >= t.narrow_attempts and largest is not None and largest < t.narrow_pool
    if not (unlikely or narrow or min(thirds_p, brief_p) < t.remark_p_value):
        return None
    facts = {"quick_reuses": int(quick.sum()), "quick_expected": round(quick_expected, 3), "quick_p_value": quick_p, **drawn}
    narrow_p = poisson_tail(drawn["port_pairs"], len(rows) * (len(rows) - 1) / 2 / t.pool) if narrow else 1.0
    told = _finding(tables.columns.taken(at, READ), outcomes_of(tables)[at], unlikely, facts, t)
    return told, min(quick_p if unlikely else 1.0, thirds_p, brief_p, narrow_p)


def _finding(rows: Columns, fared: NDArray[np.int8], unlikely: bool, facts: dict[str, Any], t: Thresholds) -> Finding:
    reused, failed = rows["reused"], among(fared, FAILURES)
    refused = int((fared[reused] == Outcome.WRONG_ACK).sum())
    harm_p = fisher_exact(*(int((a & b).sum()) for b in (reused, ~reused) for a in (failed, ~failed)))
    harmed = refused > 0 or harm_p < t.harm_p_value
    cited, attempts, ports = rows.taken(reused), len(rows), len(unique(rows["sport"]))
    gaps_s = np.maximum(cited["prev_gap_ns"], 0) / 1e9
    by_chance = attempts - t.pool * (1 - exp(attempts * log1p(-1 / t.pool)))
    metrics: dict[str, Any] = {
        "reuses": len(cited), "ports": ports, "min_gap_s": round(float(gaps_s.min()), 6),
        "median_gap_s": round(float(np.median(gaps_s)), 6), "expected_reuses": round(by_chance, 3),
        "p_value": poisson_tail(len(cited), by_chance), "effect": round(len(cited) / by_chance, 1), "attempts": attempts,
        **facts, "refused": refused, "harm_p_value": harm_p,
        "cool_down_interval_s": _step(rows, fared, t) if harm_p < t.harm_p_value else None,
    }  # fmt: skip
    source, destination = rows.text("src"), endpoint(rows.text("dst"), int(rows["dport"][0]))
    harm = f"{refused} of them refused" if refused else "fresh ports fare better" if harmed else "no sign of harm by it"
    return Finding(
        detector=DETECTOR.slug,
        code=DETECTOR.code,
        severity=Severity.MEDIUM if harmed else Severity.LOW if unlikely else Severity.INFO,
        confidence=round(min(0.95, 1 - facts["quick_p_value"]), 3) if unlikely else 0.9,
        source=source,
        destination=destination,
        start_ns=int(cited["first_ns"].min()),
        end_ns=int(cited["syn_ns"].max()),
        summary=f"{source} reused a source port {many(len(cited), 'time')} in {many(attempts, 'connection attempt')} to {destination}, "
        f"{many(ports, 'port')} in all, after {metrics['median_gap_s']:.3g} s (median): {harm}{in_words(metrics)}.",
        metrics=metrics | listed(cited),
        thresholds=asdict(t),
        connections=connection_refs(cited),
        evidence=evidence(cited, {"syn": "a SYN from a port used before, with a new initial sequence number"}),
        display_filter=display_filter(cited),
        alternatives=ALTERNATIVES,
        next_steps=NEXT_STEPS,
    )


def _step(rows: Columns, fared: NDArray[np.int8], t: Thresholds) -> list[float | None] | None:
    """Times since the last use between which reused ports begin to be accepted, if such a step tells the outcomes."""
    known = among(fared, (Outcome.OK, Outcome.SILENT, Outcome.RESET))
    rules = port_rules(rows.taken(known, USED).joined({"accepted": fared[known] == Outcome.OK}))
    best = choose(rules)[0] if rules else None
    return list(best.interval_s) if best and best.kind == "cool-down" and best.p_value < t.remark_p_value else None


DETECTOR = Detector.of(__name__, code="ND101", reads=("connections",))

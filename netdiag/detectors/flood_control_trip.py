"""Connection attempts of one source that a flood control drops, resets or prohibits.

## What it looks for
Attempts of one source that succeeded, then failed together whatever their port, while the service lives: dropped in
silence for a time, thinned to a steady rate, reset above a number of connections, or prohibited by ICMP.

## Why it matters
To users it is an outage that comes and goes. The limit and the length of the penalty tell which device to look for.

## How it decides
An attempt is one first SYN: accepted (SYN-ACK before it had to be repeated) or blocked (silence for a second, RST, or
ICMP prohibited). Left out: attempts answered with an older connection's numbers, those near the end of the capture,
other ICMP errors. Keys: source and service; the source alone where that finds nothing. The series of outcomes is split
where its rate changes (exact Bernoulli partitioning, `split_penalty` ln n per change; half of
it where that leaves no blocked stretch).

- **silent-drop, reset**: at least `min_blocked` attempts blocked (at most `blocked_share` accepted) after `min_accepted`
  accepted ones. And one of: other sources were served meanwhile (Fisher below `others_p_value`), the stretch followed a
  peak of the rate (Poisson tail below `peak_p_value`), or it happened twice with penalties that agree. Not if half of
  the others' attempts failed too (`others_attempts` or more), nor if ClientHellos went unacknowledged well before it
  (an overloaded server). Penalty: between last less first blocked and first accepted after less last accepted before;
  if sliding, between the longest silence that it outlasted and the shortest that ended it. One that ended in a long
  silence fits both: no estimate then, and an interval of both.
- the same **port by port**, if a rule of single ports tells the outcomes better than chance (binomial tail below
  `others_p_value`), and more of them than blocked stretches of the whole source do: a cool-down (refused until some
  time after the port's last use), or a penalty of fixed length after too many uses within a window. Where both tell them
  alike (McNemar), it is the cool-down, which needs fewer assumptions; `rival_p_value` says how sure that is.
- **rate-limit**: the blocked are spread among the accepted far more evenly than chance (`evenness`), or short blocked
  stretches repeat, or SYNs seep evenly through a blocked stretch. The limit is the accepted rate once saturated.
- **connection-limit**: resets exactly while `L` or more of the source's connections live, accepted below.
- **icmp-prohibited**: ICMP says so. Linux sends 6, then 1 per second and target, so silence between them is the same.
  Penalty and threshold as above where attempts were accepted before: an ICMP error by itself is a rule, no limit.
- **syn-proxy**, **safe-reset**, **first-syn-drop** (info): a device tests newcomers: SYN-ACKs with window 0 (Linux
  SYNPROXY), with a wrong acknowledgement until the client resets them, or the first SYN of nearly every source lost.

`threshold_interval_per_s`: rates that fit a limit over a window of 0.5 to 60 s, given the most SYNs that were tolerated
and those at each onset. `limit_by_window_s`: fewest and most SYNs that it may allow in windows that people set.
`penalty_kind`: fixed or sliding, where one alone fits; cool-down from the last use of a port.
`keyed_by`: what the control counts by: `prefix` if all neighbours in some prefix were blocked in the same time and the
rest was served, `source` if the source's other services were, `source-and-service` if those were served; `port` or, if
blocked ports worked at other services, `4-tuple`; null where nothing tells.

Confidence: 0.95 for ICMP or two episodes that agree, 0.9 for a full one if others were served, 0.7 for a full one, 0.5
without recovery. Of many keys where one test alone decides, one in a hundred told may be chance (Benjamini-Hochberg).
Severity: medium; high from `high_blocked` blocked attempts.

## When it is wrong
One source alone in the capture: an outage of the service right after a peak looks the same. A client that slows down
when it fails hides the limit. Drops before the capture point (XDP, a scrubber) are invisible at the server. A server
whose wrong ACKs are filtered on the way refuses reused ports within its TIME-WAIT in the same silence as a cool-down.

## What to do
Compare time and length with the limits of firewall, load balancer and host (`nft list ruleset`); capture on both sides.

## References
Behaviour measured on Linux 6.18 (nftables limit, ct count, ban sets, SYNPROXY); RFC 1812 section 5.2.7.1; Killick et
al. 2012 (optimal partitioning); Linux net/ipv4/icmp.c (icmp_ratelimit).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import unique
from netdiag.detectors.detector import Detector
from netdiag.findings.attempts import Attempts
from netdiag.findings.citation import connection_refs, display_filter, evidence, listed
from netdiag.findings.finding import Finding, Severity, endpoint
from netdiag.findings.gatekeepers import gatekeepers
from netdiag.findings.groups import PAIR, SERVICE, covering, group_codes
from netdiag.findings.outcome import Outcome
from netdiag.findings.portrules import BY_PORT
from netdiag.findings.sentence import allowed, lasting
from netdiag.findings.significance import benjamini_hochberg
from netdiag.findings.trips import READ as JUDGED
from netdiag.findings.trips import Trip, judge_attempts
from netdiag.findings.wording import many

if TYPE_CHECKING:
    from netdiag.connections.tables import Tables

READ = (
    "id", "src", "sport", "dst", "dport", "first_ns", "syn_ns", "syn_ref", "syn_last_ns", "syn_count", "answer", "synack_ns", "synack_ref",
    "synack_window", "wrong_synacks", "fin_out_ns", "fin_in_ns", "rst_out_ns", "rst_in_ns", "rst_in_ref", "icmp_ns", "icmp_ref",
    "hello_ns", "hello_acked_ns", "packets_in", "bytes_in", "last_ns",
)  # fmt: skip
BLOCKED = (Outcome.SILENT, Outcome.RESET, Outcome.PROHIBITED)
SENTENCES = {
    "silent-drop": "{blocked} of {attempts} attempts got no answer in {stretches}, after others had succeeded",
    "reset": "{blocked} of {attempts} attempts were reset in {stretches}, after others had succeeded",
    "rate-limit": "{blocked} of {attempts} attempts got no answer while {threshold_per_s} per second were accepted evenly",
    "connection-limit": "{blocked} of {attempts} attempts were refused while {limit} or more connections lived",
    "icmp-prohibited": "{blocked} of {attempts} attempts were blocked within {span_s:.3g} s, ICMP says: administratively prohibited",
    "syn-proxy": "a SYN proxy answers: SYN-ACKs have window 0",
    "safe-reset": "a device tests newcomers: {attempts} attempts got a wrong SYN-ACK, reset it, and were accepted then",
    "first-syn-drop": "a device tests newcomers: the first SYN of {attempts} sources was dropped, its retransmission accepted",
}
ROLES = {"syn": "first SYN of a blocked attempt", "rst_in": "refused by a reset", "icmp": "prohibited by ICMP"}
GATEKEEPER_ROLES = {"syn": "first SYN of a newcomer", "synack": "the SYN-ACK that let it in"}
CALM = ("syn-proxy", "safe-reset", "first-syn-drop")
ALTERNATIVES = (
    "An outage of the service or of the path that began by chance then (are other sources served?)",
    "An overloaded server whose accept queue is full (nstat -az TcpExtListenDrops on the server)",
)
NEXT_STEPS = (
    "nft list ruleset; ipset list; conntrack -S (on the firewall and the server)",
    "nstat -az TcpExtListenDrops TcpExtListenOverflows TcpExtTCPReqQFullDrop (on the server)",
    "tshark -r CAPTURE -Y 'tcp.flags.syn == 1 && tcp.flags.ack == 0' -T fields -e frame.time_epoch -e tcp.srcport",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number a person may turn; nothing else in this file is tunable."""

    min_blocked: int = 5
    """Blocked attempts in a stretch: at 5 % loss six in a row are needed for 1 in 10 000 captures, the split asks the rest."""
    min_accepted: int = 3
    """Accepted attempts just before it: what never worked was not tripped."""
    blocked_share: float = 0.1
    """Accepted at most in a blocked stretch: bans leak where sources share an address."""
    split_penalty: float = 2.0
    """Price of a change in ln n: 2 to 3 is usual for a change of unknown place (Killick et al.)."""
    others_attempts: int = 5
    """Attempts of other sources within the stretch that are needed to compare."""
    others_p_value: float = 1e-4
    """Fisher tail below which the source fared worse than the others: one in ten thousand keys by chance."""
    peak_p_value: float = 0.01
    """Poisson tail of the rate before the stretch: weak by itself, as clients are bursty, but it comes with the stretch."""
    evenness: float = 0.3
    """Variance of the spacing of accepted attempts relative to chance: a token bucket was measured at 0.03."""
    plateau_accepted: int = 10
    """Accepted (and blocked) attempts needed to judge the spacing."""
    short_s: float = 2.0
    """Blocked stretches shorter than this, three or more, are a rate limit with a fixed window."""
    limit_exceptions: float = 0.05
    """Attempts that may contradict a connection limit: closes are seen earlier or later than by the limiter."""
    high_blocked: int = 20
    """Blocked attempts that make it high."""
    scan_services: int = 20
    """A source that tried this many services and was not answered by most is a scanner, and left out."""

    def __post_init__(self) -> None:
        if self.limit_exceptions > 1:
            raise ValueError(f"limit_exceptions = {self.limit_exceptions} must be a share, 1 at most")


def detect(tables: Tables, t: Thresholds) -> list[Finding]:
    """One finding per source and service (or source) and mechanism."""
    attempts = Attempts(tables, BLOCKED)
    if not attempts.row.size:
        return []
    shown = gatekeepers(tables.columns, attempts.row)
    found = [_finding(Trip(attempts.rows(places, READ), mechanism, 0, 0.7, {}), t) for mechanism, places in shown]
    if tested := [places for mechanism, places in shown if mechanism == "first-syn-drop"]:
        attempts.acquit(np.concatenate(tested))
    asked = [(keys, *attempts.groups(keys, t.min_blocked)) for keys in (PAIR, ("src",))]
    told: set[str] = set()
    for keys, groups, among in asked:
        trips = [trip for places in groups if (trip := _trip(attempts, places, keys, told, t))]
        sure = benjamini_hochberg(np.array([trip.chance for trip in trips]), among)
        sure_ones = [trip for trip, fits in zip(trips, sure, strict=True) if fits]
        found += [_finding(replace(trip, rows=attempts.rows(trip.rows["place"], READ)), t) for trip in sure_ones]
        told = {finding.source for finding in found}
    return found


def _trip(attempts: Attempts, places: NDArray[np.int32], keys: Sequence[str], told: set[str], t: Thresholds) -> Trip | None:
    """What the attempts at these places say of their source, unless it was told before, is a scanner, or has but one living service."""
    own, services = attempts.rows(places, JUDGED), unique(attempts.service[places])
    scans = len(services) >= t.scan_services and 2 * int(own["accepted"].sum()) < len(own)
    if scans or own.text("src") in told:
        return None
    if keys != PAIR and len(unique(attempts.service[places[own["accepted"]]])) < 2:
        return None
    return judge_attempts(own, attempts, services, t)


def _finding(trip: Trip, t: Thresholds) -> Finding:
    own, mechanism, trips, facts, calm = trip.rows, trip.mechanism, trip.trips, trip.facts, trip.mechanism in CALM
    cited = own if calm else own.taken(own["blocked"])
    blocked, source = int(own["blocked"].sum()), covering([*own.tally("src")])
    services = int(group_codes(own, SERVICE).max()) + 1
    destination = endpoint(own.text("dst"), int(own["dport"][0])) if services == 1 else None
    unknown = {"threshold_per_s": None, "threshold_interval_per_s": None, "penalty_s": None, "penalty_interval_s": None}
    metrics = {"mechanism": mechanism, "trips": trips, **unknown, "blocked": blocked, "attempts": len(own), **facts, **listed(cited)}
    start_ns, end_ns = int(cited["syn_ns"].min()), int(cited["syn_last_ns"].max())
    told = SENTENCES[mechanism].format(
        **metrics,
        stretches=many(trips, "blocked stretch", "blocked stretches") + " of single ports" * (facts.get("keyed_by") in BY_PORT),
        span_s=(end_ns - start_ns) / 1e9,
        limit=facts.get("connection_limit"),
    )
    return Finding(
        detector=DETECTOR.slug,
        code=DETECTOR.code,
        severity=Severity.INFO if calm else Severity.HIGH if blocked >= t.high_blocked else Severity.MEDIUM,
        confidence=trip.confidence,
        source=source,
        destination=destination,
        start_ns=start_ns,
        end_ns=end_ns,
        summary=f"{told}{lasting(facts)}{allowed(facts)} ({source} to {destination or f'{services} services'}).",
        metrics=metrics,
        thresholds=asdict(t),
        connections=connection_refs(cited),
        evidence=evidence(cited, GATEKEEPER_ROLES if calm else ROLES),
        display_filter=display_filter(cited),
        alternatives=ALTERNATIVES,
        next_steps=NEXT_STEPS,
    )


DETECTOR = Detector.of(__name__, code="ND301", reads=("connections",))

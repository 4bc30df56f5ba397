"""Gathers what speaks for and against each cause: one case per source in trouble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import among, taken, unique
from netdiag.detectors import tls_handshake_stall as stalls
from netdiag.findings.attempts import in_time
from netdiag.findings.finding import Finding, Severity
from netdiag.findings.groups import SERVICE, counts, firsts, group_codes, positions
from netdiag.findings.outcome import FAILURES, Outcome, outcomes_of
from netdiag.findings.retries import accepted_ns
from netdiag.findings.significance import benjamini_hochberg, binomial_tail
from netdiag.findings.wording import many
from netdiag.verdicts.spared import amid_failures, spared

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables

READ = (
    "id", "src", "sport", "dst", "dport", "first_ns", "syn_ns", "syn_count", "synack_ns", "synack_count", "established", "isn_out",
    "syn_tsval", "wrong_acks", "prev_gap_ns", "prev_tsval", "reused", "marks", "packets_out", "packets_in", "bytes_out", "bytes_in",
    "retrans_out", "retrans_in", "delivered_in", "repeated_in", "syn_mss", "too_bigs", "hello_done_ns", "phase_ns", "last_ns",
)  # fmt: skip
LOSS = 0.02
"""Loss of SYNs that a source without a finding must exceed: a bad but common path..."""
P_VALUE = 1e-4
"""...by the binomial tail of its SYNs sent in vain: three of three are too many, three of ten are not. Of many sources fewer are told:
at most one in a hundred of them by chance (Benjamini-Hochberg)."""
REPEATED_NS = 2_000_000_000
"""A server without room for a connection drops the ACK that completes it and repeats its SYN-ACK after 1 s (Linux, RFC 6298), twice that
to be sure."""
SCAN_SERVICES = 20
"""A source that tried this many services and was mostly not answered is a scanner: no verdict."""


@dataclass(frozen=True)
class Case:
    """One source in trouble. Arrays have one entry per attempt (row with a SYN), in time order."""

    source: str
    findings: Sequence[Finding]
    rows: Columns
    """Columns READ."""
    fared: NDArray[np.int8]
    """Outcome of each attempt."""
    service: NDArray[np.int32]
    """Number of the service (destination address and port)."""
    phase: NDArray[np.object_]
    """Phase in which the TLS handshake stalled, "" where it did not."""
    recovered: NDArray[np.bool_]
    """Whether that stall ended in progress."""
    others_failed: int
    """Attempts of other sources to the same services that failed, of `others`."""
    others: int
    dead: NDArray[np.bool_] = field(repr=False)
    """Attempts to services that accepted nobody in the capture."""
    amid: NDArray[np.bool_] = field(repr=False)
    """Attempts between other failed ones at the same service, whosever (`spared.amid_failures`)."""
    spared: int = 0
    """Attempts amid failures by sources that those never met, too many for chance."""

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Attempts whose outcome is known."""
        known: NDArray[np.bool_] = self.fared != Outcome.UNKNOWN
        return known

    @cached_property
    def failed(self) -> NDArray[np.bool_]:
        """Attempts whose first SYN failed."""
        return among(self.fared, FAILURES)

    @cached_property
    def stalled(self) -> NDArray[np.bool_]:
        """TLS handshakes that stalled for another reason than a client that had nothing to say."""
        stalled: NDArray[np.bool_] = (self.phase != "") & (self.phase != "no-client-hello")
        return stalled

    @cached_property
    def unheard(self) -> NDArray[np.bool_]:
        """Handshakes whose ClientHello was never acknowledged."""
        unheard: NDArray[np.bool_] = (self.phase == "client-hello-lost") & ~self.recovered
        return unheard

    @cached_property
    def heard(self) -> NDArray[np.bool_]:
        """Those of them whose SYN-ACK the server had time to repeat and did not: its queue had taken the connection."""
        synack_ns = self.rows["synack_ns"]
        heard: NDArray[np.bool_] = self.unheard & (self.rows["synack_count"] == 1) & (self.rows["last_ns"] - synack_ns >= REPEATED_NS)
        return heard

    @cached_property
    def partly(self) -> NDArray[np.bool_]:
        """Those of them of which the server acknowledged a part: it lives and reads, what follows is lost on the way."""
        done_ns = self.rows["hello_done_ns"]
        partly: NDArray[np.bool_] = self.unheard & (done_ns > 0) & (self.rows["phase_ns"] > done_ns)
        return partly

    @cached_property
    def bad(self) -> NDArray[np.bool_]:
        """Attempts to be explained."""
        return self.failed | self.stalled

    @cached_property
    def late(self) -> NDArray[np.bool_]:
        """Bad attempts that got through in the end."""
        late: NDArray[np.bool_] = self.bad & np.where(self.stalled, self.recovered, self.rows["established"])
        return late

    @cached_property
    def moved(self) -> NDArray[np.bool_]:
        """Bad attempts that did not get through themselves; their retry from another port did."""
        never = self.failed & ~self.stalled & ~self.rows["established"] & (self.rows["synack_ns"] == 0)
        moved: NDArray[np.bool_] = never & (accepted_ns(self.rows) > 0)
        return moved

    @cached_property
    def silent(self) -> NDArray[np.bool_]:
        """Attempts whose first SYN got no answer in time."""
        silent: NDArray[np.bool_] = self.fared == Outcome.SILENT
        return silent

    @property
    def elsewhere(self) -> str:
        """How other sources fared, in words."""
        told = f"{self.others_failed} of {many(self.others, 'attempt')} by other sources to the same services failed"
        told += f" (none of {self.spared:,} by sources that were spared amid the failures)" if self.spared and self.others_failed else ""
        return told if self.others else "no other source used these services in the capture"

    @property
    def reused(self) -> NDArray[np.bool_]:
        """Attempts from a port used before."""
        return self.rows["reused"]


def cases(tables: Tables, findings: Sequence[Finding]) -> Iterator[Case]:
    """A case for every source of which attempts went wrong: with a finding above info, or more than loss explains; in order of sources."""
    connections, handshakes = tables.columns, _handshakes(tables)
    at = in_time(connections, connections["syn_ns"] > 0)
    if not at.size:
        return
    fared, source = taken(outcomes_of(tables), at), group_codes(connections, ("src",), at)
    by_source = _by_source(findings)
    found = {name for name, own in by_source.items() if any(finding.severity >= Severity.LOW for finding in own)}
    troubled = _troubled(source, fared, connections, at)
    names = connections.taken(at[firsts(source)], ("src",)).words("src").tolist()
    troubled |= np.array([name in found for name in names], bool)
    if not troubled.any():
        return
    service, failed = group_codes(connections, SERVICE, at), among(fared, FAILURES)
    every = int(service.max()) + 1
    tried, lost, served = (counts(service, flags, every) for flags in (np.ones(len(at), bool), failed, fared == Outcome.OK))
    dead = taken(served == 0, service)
    amid = amid_failures(service, taken(connections["syn_ns"], at), failed) & (fared != Outcome.UNKNOWN)
    unmet = spared(service, source, failed, amid)
    for own in positions(source, troubled):
        name, services = names[source[own[0]]], unique(service[own])
        if name not in found and len(services) >= SCAN_SERVICES and 2 * failed[own].sum() > len(own):
            continue
        judged = handshakes.taken(at[own], stalls.COLUMNS)
        case = Case(
            source=name,
            findings=by_source.get(name, []),
            rows=connections.taken(at[own], READ),
            fared=fared[own],
            service=service[own],
            phase=np.where(judged.says("tls_state", "stalled"), judged.words("stall_phase"), ""),
            recovered=judged.says("stall_outcome", "recovered"),
            others_failed=int(lost[services].sum() - failed[own].sum()),
            others=int(tried[services].sum() - len(own)),
            dead=dead[own],
            amid=amid[own],
            spared=int(unmet[services].sum()),
        )
        if case.bad.any():
            yield case


def _by_source(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    by_source: dict[str, list[Finding]] = {}
    for finding in findings:
        by_source.setdefault(finding.source, []).append(finding)
    return by_source


def _handshakes(tables: Tables) -> Columns:
    """How each handshake fared: the judgement in force where the tables have one, else at default thresholds."""
    if set(stalls.COLUMNS) <= set(tables.columns):
        return tables.columns
    return stalls.judge(tables, stalls.DETECTOR.thresholds)


def _troubled(source: NDArray[np.int32], fared: NDArray[np.int8], rows: Columns, at: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each source sent more SYNs in vain than loss explains."""
    failed, many = among(fared, FAILURES), int(source.max()) + 1
    syns, answered = (rows[name][at[failed]] for name in ("syn_count", "synack_ns"))
    in_vain = syns.astype(np.int64) - (answered > 0)  # where one was answered at last, the others were not
    lost = np.bincount(source[failed], in_vain, many)
    every = counts(source, fared != Outcome.UNKNOWN, many, taken(rows["syn_count"], at))
    troubled = lost > LOSS * every
    pairs, which = np.unique(np.stack([lost[troubled], every[troubled]]), axis=1, return_inverse=True)  # a flood has millions alike
    p_values = np.array([binomial_tail(int(k), int(n), LOSS) for k, n in pairs.T], np.float64)[which.reshape(-1)]
    troubled[troubled] = (p_values < P_VALUE) & benjamini_hochberg(p_values, int((every > 0).sum()))
    return troubled

"""Says of each TLS handshake how far it came, whether it may be judged, and how long it waited: the facts of tls-handshake-stall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import is_in
from netdiag.connections.connection import PHASES, Mark, Phase, Tls
from netdiag.findings.waits import given_up

WAITS = tuple(f"wait_{phase}_ns" for phase in range(1, PHASES))
"""Longest wait of each phase that ended in progress."""
READ = (
    "established", "marks", "tls", "phase", "phase_ns", "ack_ns", "rtt_ns", "hello_ns", "tls_done_ns", "quit_ns", "quit_by",
    "alert_ns", "alert_level", "alert_by", "bytes_out", "bytes_in", "dport", *WAITS,
)  # fmt: skip
NONE, STALLED, PARTIAL = 0, 1, 4
STATES = ("none", "stalled", "complete", "failed", "partial")
OUTCOMES = ("", "recovered", "open", "server-gave-up", "client-gave-up")
UNSEEN = Mark.GAP_OUT | Mark.GAP_IN


class Patience(Protocol):
    """The thresholds that decide, as `tls_handshake_stall.Thresholds` documents them."""

    @property
    def min_stall_s(self) -> float: ...  # noqa: D102
    @property
    def rtt_factor(self) -> float: ...  # noqa: D102
    @property
    def rtt_extra_s(self) -> float: ...  # noqa: D102
    @property
    def probe_s(self) -> float: ...  # noqa: D102
    @property
    def tls_ports(self) -> Sequence[int]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Progress:
    """Handshakes, an entry per row."""

    relevant: NDArray[np.bool_]
    """TLS was spoken, or should have been."""
    lost: NDArray[np.bool_]
    """Whether it was TLS cannot be told."""
    done: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    """The capture holds all that a judgement needs."""
    waiting: NDArray[np.bool_]
    """Neither complete nor without a beginning: it waits, or waited until somebody gave up."""
    phase: NDArray[np.uint8]
    quit_ns: NDArray[np.int64]
    quit_by: NDArray[np.int64]
    last_ns: NDArray[np.int64]
    """How long it waited without end, 0 where it does not."""
    longest_ns: NDArray[np.int64]
    """Longest wait that ended in progress."""
    own_ns: NDArray[np.float64]
    """No shorter wait of this connection is a stall."""

    @property
    def slow(self) -> NDArray[np.bool_]:
        """Those that may have stalled: few."""
        slow: NDArray[np.bool_] = self.judged & ((self.longest_ns > self.own_ns) | (self.last_ns > self.own_ns))
        return slow

    def told(self, stuck: NDArray[np.bool_], recovered: NDArray[np.bool_]) -> tuple[NDArray[np.int64], ...]:
        """Of handshakes of which some are stuck and some were and recovered: state, phase, stall in microseconds and outcome.

        State and outcome are places in STATES and OUTCOMES.
        """
        tests = [stuck | recovered, self.relevant & self.done, self.judged & (self.quit_ns > 0), self.relevant | self.lost]
        state = np.select(tests, range(1, len(STATES)), 0)
        told = stuck | recovered | (self.waiting & (self.quit_ns == 0) & (state == PARTIAL))
        outcome = np.select([recovered, self.quit_ns == 0, self.quit_by == 2], range(1, len(OUTCOMES) - 1), len(OUTCOMES) - 1)
        return state, np.where(told, self.phase, 0), np.where(told, self.last_ns // 1000, 0), np.where(told, outcome, 0)


def progress(column: Mapping[str, NDArray[Any]], speaks: NDArray[np.bool_], end_ns: int, t: Patience) -> Progress:
    """How far handshakes came.

    Parameters
    ----------
    column : mapping
        Columns READ.
    speaks : bool array
        Whether the service is known to speak TLS.
    end_ns : int
        End of the capture.
    """
    established, done, phase = column["established"], column["tls_done_ns"] > 0, column["phase"]
    quit_ns, quit_by = given_up(column, done)
    silent = (column["bytes_out"] == 0) & (column["bytes_in"] == 0)
    probe = silent & (quit_ns > 0) & (quit_ns - column["ack_ns"] < t.probe_s * 1e9)
    marks, seen = column["marks"], Mark.SEEN_OUT | Mark.SEEN_IN
    whole = established & ((marks & Mark.PARTIAL) == 0) & ((marks & seen) == seen)
    speaks = speaks | is_in(column["dport"], np.array(t.tls_ports))
    unspoken = established & speaks & (column["tls"] == Tls.NONE) & (phase == Phase.NO_CLIENT_HELLO) & ~probe
    relevant = (column["tls"] == Tls.TLS) | unspoken
    waiting = relevant & ~done & (phase != Phase.NONE)
    return Progress(
        relevant=relevant,
        lost=column["tls"] == Tls.LOST,
        done=done,
        judged=relevant & whole & (done | ((marks & UNSEEN) == 0)) & ((marks & Mark.NEAR_HOLE) == 0),
        waiting=waiting,
        phase=phase,
        quit_ns=quit_ns,
        quit_by=quit_by,
        last_ns=np.where(waiting, np.where(quit_ns > 0, quit_ns, end_ns) - column["phase_ns"], 0),
        longest_ns=reduce(np.maximum, [column[name] for name in WAITS]),
        own_ns=np.maximum(t.min_stall_s * 1e9, t.rtt_factor * column["rtt_ns"] + t.rtt_extra_s * 1e9),
    )

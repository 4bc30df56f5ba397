"""Infers where a capture was made, and who is at fault for a stalled handshake as far as that place can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import among
from netdiag.findings.deadlines import deadline_s

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

READ = ("ttl_out", "ttl_in", "syn_ns", "synack_ns", "ack_ns", "syn_count", "synack_count", "hello_done_ns", "phase_ns")
FIRST_TTLS = (64, 128, 255)
"""What stacks send with (Linux and macOS 64, Windows 128, network gear 255): a packet that still has it has passed no router."""
NEAR_NS = 100_000
"""An answer within this time was given on this host or beside it (measured on Linux 6.18: 6 to 25 us)..."""
FARTHER = 10
"""...if the other side takes so many times longer."""
SHARE = 0.9
"""Share of the connections that must agree."""
At = NDArray[Any] | slice
"""Which rows of a table."""
CLIENT, SERVER, TOWARDS, BACK, UNKNOWN = "client", "server", "network-towards", "network-back", "unknown"
"""Who may be at fault: either end, the path to the server, the path to the client."""


def standing(every: Columns, stalled: Columns, at: At = slice(None)) -> dict[str, Any]:
    """The metrics `vantage`, `blame` and `deadline_s` of a source's handshakes, those `stalled` with `stall_phase` and `stall_outcome`.

    The source's handshakes are the rows of `every` at the positions `at`.
    """
    place = vantage(every, at)
    names, counts = np.unique(blame(stalled, stalled.words("stall_phase").tolist(), place), return_counts=True)
    quit_ns, left = stalled["quit_ns"], stalled.says("stall_outcome", "client-gave-up")
    lasted_s = (quit_ns - np.maximum(stalled["ack_ns"], stalled["first_ns"]))[left & (quit_ns > 0)] / 1e9
    return {"vantage": place, "blame": dict(zip(names.tolist(), counts.tolist(), strict=True)), "deadline_s": deadline_s(lasted_s)}


def vantage(rows: Columns, at: At = slice(None)) -> str:
    """`client`, `server`, `between` or `unknown`: where the packets of the connections at these positions (columns READ) were captured.

    By the TTLs, which routers count down; where both ends are a hop away, by which of them answers at once.
    """
    ttls = [rows[name][at] for name in ("ttl_out", "ttl_in")]
    seen = (ttls[0] > 0) & (ttls[1] > 0)
    if not seen.any():
        return UNKNOWN
    near = [among(ttl[seen], FIRST_TTLS) for ttl in ttls]
    shares = {CLIENT: (near[0] & ~near[1]).mean(), SERVER: (near[1] & ~near[0]).mean(), "between": (~near[0] & ~near[1]).mean()}
    told = [place for place, share in shares.items() if share >= SHARE]
    return told[0] if told else _by_delay(rows, at, seen)


def _by_delay(rows: Columns, at: At, seen: NDArray[np.bool_]) -> str:
    once = [rows[name][at] == 1 for name in ("syn_count", "synack_count")]
    syn, synack, ack = (rows[name][at] for name in ("syn_ns", "synack_ns", "ack_ns"))
    whole = seen & once[0] & once[1] & (syn > 0) & (synack > 0) & (ack > 0)
    if not whole.any():
        return UNKNOWN
    server, client = float(np.median((synack - syn)[whole])), float(np.median((ack - synack)[whole]))
    near, far = sorted((server, client))
    if near >= NEAR_NS or far < FARTHER * near:
        return UNKNOWN
    return SERVER if server < client else CLIENT


def blame(rows: Columns, phases: Sequence[str], place: str) -> list[str]:
    """Who is at fault for each stalled handshake, `unknown` where this capture cannot tell.

    An acknowledgement proves that the host has the bytes: silence after it is the host's own. What was sent and never acknowledged
    was lost beyond the capture, if the capture was made where it was sent or on the way; a server that has it and says nothing
    (at the server itself) refuses it. What never came may have been lost before the capture.
    """
    done, last = rows["hello_done_ns"], rows["phase_ns"]
    partly = ((done > 0) & (last > done)).tolist()
    again = (rows["synack_count"] > rows["syn_count"]).tolist()
    return [_at_fault(phase, place, *facts) for phase, *facts in zip(phases, partly, again, strict=True)]


def _at_fault(phase: str, place: str, partly: bool, again: bool) -> str:
    if phase == "no-client-hello":
        return CLIENT if place == CLIENT else UNKNOWN
    if phase == "client-hello-lost":
        if place == SERVER:
            return SERVER
        return TOWARDS if partly and not again else UNKNOWN
    if phase == "server-flight-lost":
        return BACK if place in (SERVER, "between") else CLIENT if place == CLIENT else UNKNOWN
    if phase == "server-flight-stopped":
        return SERVER if place == SERVER else UNKNOWN
    return {"no-server-hello": SERVER, "no-server-finish": SERVER, "no-client-finish": CLIENT}[phase]

"""Estimates how many source ports a source has to choose from, by how often it draws the same one."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.connection import Close
from netdiag.findings.nats import fitting
from netdiag.findings.significance import poisson_interval

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

EVERY_PORT = 64512
"""Ports of a whole address, the system ports left out."""
BLOCK_P_VALUE = 1e-6
"""Chance that ports of a whole address would all lie in one aligned block, below which the block is told."""


def pool(rows: Columns) -> dict[str, Any]:
    """The effective pool, its 95 % interval, an aligned block, the shortest rests, and the documented NATs that fit.

    The estimate is N(N-1)/2C for C pairs among N attempts that share a port (the birthday problem), the interval that of a Poisson
    count. A NAT that avoids ports in use makes it too large, never too small.

    Parameters
    ----------
    rows : Columns
        Attempts of one source to one service: `sport`, `reused`, `prev_close`, `prev_gap_ns`.
    """
    sport = rows["sport"]
    counts = np.unique(sport, return_counts=True)[1].astype(np.int64)
    pairs, every = int((counts * (counts - 1) // 2).sum()), len(sport) * (len(sport) - 1) / 2
    fewest, most = poisson_interval(pairs)
    largest = round(every / fewest, 1) if fewest > 0 else None
    rests = {f"min_gap_after_{name}_s": _rest(rows, close) for name, close in (("fin", Close.CLOSED), ("reset", Close.RESET))}
    return {
        "port_pairs": pairs,
        "pool_estimate": round(every / pairs, 1) if pairs else None,
        "pool_interval": [round(every / most, 1), largest],
        "aligned_block": aligned_block(sport),
        **rests,
        "nat_profiles": [profile.name for profile in fitting(len(counts), largest, *rests.values())],
    }


def _rest(rows: Columns, close: Close) -> float | None:
    """Shortest time from such an end of a connection to the reuse of its port, seconds."""
    ended = rows["reused"] & (rows["prev_close"] == close)
    return round(max(int(rows["prev_gap_ns"][ended].min()), 0) / 1e9, 6) if ended.any() else None


def aligned_block(sport: NDArray[np.int64]) -> list[int] | None:
    """First and last port of the smallest aligned 2^k block that holds all ports, where chance would not give it."""
    low, high = int(sport.min()), int(sport.max())
    bits = (low ^ high).bit_length()
    unlikely = bits < 16 and (len(sport) - 1) * log((1 << bits) / EVERY_PORT) < log(BLOCK_P_VALUE)
    return [low >> bits << bits, (low >> bits << bits) + (1 << bits) - 1] if unlikely else None


def in_words(facts: dict[str, Any]) -> str:
    """The pool for a sentence; empty where it has no upper bound."""
    low, high = facts["pool_interval"]
    if high is None:
        return ""
    names = facts["nat_profiles"]
    fits = f", which fits {' or '.join(names)}" if 0 < len(names) <= 2 else ", which fits no documented NAT" if not names else ""
    return f"; drawn at random they would come from a pool of {low:,.0f} to {high:,.0f} ports{fits}"

"""Says how the first SYN of each connection attempt fared: the unit that rates, penalties and verdicts count."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import in_blocks
from netdiag.connections.connection import Answer, Mark

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables

ANSWER_NS = 1_000_000_000
"""A SYN unanswered for this long is lost: the initial retransmission time-out of RFC 6298 section 2."""

PROHIBITED = frozenset({(4, 3, 9), (4, 3, 10), (4, 3, 13), (6, 1, 1), (6, 1, 5), (6, 1, 6)})
"""ICMP version, type and code of "administratively prohibited" (RFC 1812 5.2.7.1, RFC 4443 3.1)."""


class Outcome(IntEnum):
    """How the first SYN of an attempt fared."""

    UNKNOWN = 0  # no SYN in the capture, or the capture ended or has a hole before an answer was due
    OK = 1  # SYN-ACK before the SYN had to be repeated
    SILENT = 2  # no answer in time (a repeated SYN may have been answered)
    RESET = 3
    PROHIBITED = 4  # ICMP: a firewall says no
    UNREACHABLE = 5  # ICMP: any other error
    WRONG_ACK = 6  # an older connection of the same 4-tuple answered


FAILURES = (Outcome.SILENT, Outcome.RESET, Outcome.PROHIBITED, Outcome.UNREACHABLE, Outcome.WRONG_ACK)


FARED = ("syn_ns", "syn_count", "answer", "answer_ns", "icmp_version", "icmp_type", "icmp_code", "packets_out", "rst_out", "wrong_acks",
         "marks")  # fmt: skip
"""Columns that tell how an attempt fared."""


def outcomes(connections: Columns, last_ns: int) -> NDArray[np.int8]:
    """Outcome of every row.

    Parameters
    ----------
    connections : Columns
        With FARED.
    last_ns : int
        End of the capture: a SYN that had less than ANSWER_NS before it is UNKNOWN, not SILENT.

    Returns
    -------
    int8 array, Outcome per row
    """
    fared = np.empty(len(connections), np.int8)
    for where, column in in_blocks(connections, FARED):
        fared[where] = _outcomes(column, last_ns)
    return fared


def outcomes_of(tables: Tables) -> NDArray[np.int8]:
    """Outcome of every connection of the tables, worked out once for all judges: do not change it."""
    if __name__ not in tables.shared:
        tables.shared[__name__] = outcomes(tables.columns, tables.last_ns)
    fared: NDArray[np.int8] = tables.shared[__name__]
    return fared


def _outcomes(column: Mapping[str, NDArray[Any]], last_ns: int) -> NDArray[np.int8]:
    answer, syn_ns, answer_ns = column["answer"], column["syn_ns"], column["answer_ns"]
    syns = column["syn_count"].astype(np.int64)
    late = (answer_ns - syn_ns >= ANSWER_NS) & (syns > 1)
    out = np.full(len(answer), Outcome.SILENT, np.int8)
    out[last_ns - syn_ns < ANSWER_NS] = Outcome.UNKNOWN
    # One-sided capture: what the originator sent after its SYN shows that it was answered; a SYN sent twice, that the first was not.
    spoke = column["packets_out"].astype(np.int64) > syns + column["rst_out"]
    out[(answer == Answer.NONE) & spoke] = Outcome.SILENT
    out[(answer == Answer.NONE) & spoke & (syns == 1)] = Outcome.OK
    out[answer == Answer.SYN_ACK] = Outcome.OK
    out[answer == Answer.RESET] = Outcome.RESET
    if (is_icmp := answer == Answer.ICMP).any():
        errors = zip(*(column[name][is_icmp].tolist() for name in ("icmp_version", "icmp_type", "icmp_code")), strict=True)
        out[is_icmp] = [Outcome.PROHIBITED if error in PROHIBITED else Outcome.UNREACHABLE for error in errors]
    out[late & ~is_icmp] = Outcome.SILENT
    out[(answer == Answer.WRONG_ACK) | (column["wrong_acks"] > 0)] = Outcome.WRONG_ACK
    out[answer == Answer.WRONG_SYN_ACK] = Outcome.UNKNOWN
    hidden = (column["marks"] & Mark.NEAR_HOLE) > 0
    out[hidden & (out == Outcome.SILENT)] = Outcome.UNKNOWN  # the answer may lie in a hole of the capture
    out[(syn_ns == 0) | (column["marks"] & Mark.PARTIAL > 0)] = Outcome.UNKNOWN
    return out

"""A host reacts to what becomes of its SYN; nobody reacts to a forged one."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netdiag.findings.retries import accepted_ns
from netdiag.findings.unattended import unattended

Make = Callable[..., Any]
LONELY = {"rst_out": 0}


def told(tables_of: Make, rows: list[dict[str, Any]], quiet_s: float = 10) -> list[bool]:
    every = tables_of(*rows).columns
    rejected = every["wrong_acks"] > 0
    last_ns = int(every["syn_ns"].max() + quiet_s * 1e9)
    found: list[bool] = unattended(every, rejected, accepted_ns(every), last_ns, 3.0)[rejected].tolist()
    return found


def forged(attempt: Make, at: float, port: int) -> dict[str, Any]:
    row: dict[str, Any] = attempt(at, port, "silent", synack_count=3)
    return row


def test_an_address_that_never_says_anything_but_syn(tables_of: Make, attempt: Make) -> None:
    rows = [forged(attempt, at, 2000 + at) for at in range(15)] + [attempt(20, 2003, "wrong-ack", **LONELY)]
    assert told(tables_of, rows) == [True]
    assert told(tables_of, rows, quiet_s=2) == [True]  # nor did it after the others
    assert told(tables_of, rows[-4:], quiet_s=10) == [True]
    assert told(tables_of, rows[-4:], quiet_s=2) == [False]  # it may yet


def test_a_host_resets_or_repeats(tables_of: Make, attempt: Make) -> None:
    hits = [
        attempt(20, 2003, "wrong-ack", **LONELY),
        attempt(21, 2004, "wrong-ack", packets_out=2, wrong_ack_rsts=1),
        attempt(22, 2005, "wrong-ack", syn_count=3, packets_out=3),
    ]
    assert told(tables_of, [attempt(at, 2000 + at) for at in range(15)] + hits) == [True, False, False]


def test_more_than_chance_are_the_hosts_own(tables_of: Make, attempt: Make) -> None:
    """A host that gives up within a second, where wrong ACKs are filtered on the way back."""
    rows = [attempt(at, 2000 + at) for at in range(15)] + [attempt(20 + at, 2000 + at, "wrong-ack", **LONELY) for at in range(5)]
    assert not np.any(told(tables_of, rows))

"""A SYN's retransmissions from other ports."""

from collections.abc import Callable
from typing import Any

from netdiag.findings.retries import accepted_ns

Make = Callable[..., Any]


def test_a_retry_is_known_by_its_number_and_its_clock(tables_of: Make, attempt: Make) -> None:
    first = attempt(1, 20000, "silent", isn_out=77, syn_tsval=1000)
    again = attempt(2, 20001, "silent", isn_out=77, syn_tsval=2000)
    done = attempt(4, 20002, isn_out=77, syn_tsval=4001)
    strange_clock = attempt(5, 20003, "silent", isn_out=77, syn_tsval=4002)
    elsewhere = attempt(6, 20004, isn_out=77, syn_tsval=5002, dst="198.51.100.99")
    rows = tables_of(first, again, done, strange_clock, elsewhere).columns
    at = done["synack_ns"]
    assert accepted_ns(rows).tolist() == [at, at, at, 0, elsewhere["synack_ns"]]
    assert accepted_ns(rows.taken(slice(None, None, -1))).tolist() == [elsewhere["synack_ns"], 0, at, at, at]


def test_no_attempts(tables_of: Make) -> None:
    assert accepted_ns(tables_of().columns).tolist() == []

"""Rejections, their silence, their reasons and their retries."""

from collections.abc import Callable
from typing import Any

import pytest

from netdiag.connections.connection import Close, Mark
from netdiag.detectors.port_reuse_collision import DETECTOR
from netdiag.findings.finding import Severity

Make = Callable[..., Any]
STAMPED = Mark.SYN_TS | Mark.PREV_TS | Mark.SEEN_OUT | Mark.SEEN_IN


def rejected(attempt: Make, at_s: float, port: int, prev: int, **more: Any) -> dict[str, Any]:
    closed = {"prev_id": prev, "wrong_ack_id": prev, "prev_close": Close.CLOSED}
    row: dict[str, Any] = attempt(at_s, port, "wrong-ack", **closed | more)
    return row


def test_alarm_on_one_rejection(tables_of: Make, attempt: Make) -> None:
    old = rejected(attempt, 1, 20000, 0, marks=STAMPED, syn_tsval=5, prev_tsval=9)
    (finding,) = DETECTOR.detect(tables_of(attempt(0, 20000), old, attempt(2, 20001)))
    assert finding.severity == Severity.MEDIUM
    assert finding.metrics["collisions"] == 1
    assert finding.metrics["older_timestamp"] == 1
    assert [ref.sport for ref in finding.connections] == [20000]
    assert finding.display_filter == "ip.addr == 192.0.2.7 && tcp.port == 20000"
    assert len(finding.evidence) == 2


def test_calm_on_a_forged_address_that_hit_an_open_port_by_chance(tables_of: Make, attempt: Make) -> None:
    """A spoofed flood: nobody answers the SYN-ACKs, and nobody resets the wrong ACK of the one that met a half-open connection."""
    flood = [attempt(at, 20000 + at, "silent", answer=1, synack_count=3, synack_ns=1) for at in range(15)]
    hit = rejected(attempt, 16, 20003, 3, prev_close=Close.HALF_OPEN, rst_out=0)
    rows = [*flood, hit]
    (finding,) = DETECTOR.detect(tables_of(*rows, last_ns=hit["syn_ns"] + 10**10))
    assert (finding.severity, finding.metrics["unattended"]) == (Severity.INFO, 1)
    assert "1 of them neither repeated nor reset, as spoofed SYNs are not" in finding.summary


def test_an_old_connection_that_is_ended_by_the_new_one_loses(tables_of: Make, attempt: Make) -> None:
    hit = rejected(attempt, 1, 20000, 0, prev_close=Close.OPEN, wrong_ack_rsts=1)
    (finding,) = DETECTOR.detect(tables_of(attempt(0, 20000, "open"), hit))
    assert (finding.metrics["new_lost"], finding.metrics["old_lost"]) == (1, 1)
    assert "1 older connection was ended by it" in finding.summary


@pytest.mark.parametrize(("count", "severity"), [(3, Severity.HIGH), (25, Severity.CRITICAL)])
def test_many_are_graver(tables_of: Make, attempt: Make, count: int, severity: Severity) -> None:
    rows = [attempt(at, 20000 + at) for at in range(count)] + [rejected(attempt, 100 + at, 20000 + at, at) for at in range(count)]
    assert [finding.severity for finding in DETECTOR.detect(tables_of(*rows))] == [severity]


def test_reasons_compare_modulo_2_32(tables_of: Make, attempt: Make) -> None:
    wrapped = rejected(attempt, 1, 20000, 0, marks=STAMPED, syn_tsval=5, prev_tsval=2**32 - 5)  # newer: it wrapped
    lower = rejected(attempt, 2, 20001, 0, isn_out=2**32 - 5, prev_seq=5)
    open_still = rejected(attempt, 3, 20002, 0, prev_close=Close.OPEN, isn_out=10, prev_seq=5)
    (finding,) = DETECTOR.detect(tables_of(attempt(0), wrapped, lower, open_still))
    assert [finding.metrics[key] for key in ("older_timestamp", "lower_sequence", "old_still_open")] == [0, 1, 1]


def test_silence_within_the_limit_belongs_to_it(tables_of: Make, attempt: Make) -> None:
    first = rejected(attempt, 1, 20000, 0)
    rows = [attempt(0, 20000), first, attempt(1.3, 20000, "silent", prev_id=1), attempt(2.0, 20000, "silent", prev_id=1)]
    (finding,) = DETECTOR.detect(tables_of(*rows))
    assert [ref.id for ref in finding.connections] == [1, 2]


def test_a_retry_from_another_port_is_followed(tables_of: Make, attempt: Make) -> None:
    lost = rejected(attempt, 1, 20000, 0, isn_out=77, syn_tsval=1000)
    again = rejected(attempt, 2, 20001, 0, isn_out=77, syn_tsval=2000)
    done = attempt(4, 20002, isn_out=77, syn_tsval=4001)
    stranger = attempt(5, 20003, isn_out=77, syn_tsval=4002)  # its clock does not fit
    (finding,) = DETECTOR.detect(tables_of(attempt(0, 20000), lost, again, done, stranger))
    assert finding.metrics["recovered"] == 2
    assert "2 of them were accepted later, if need be by a retry from another port." in finding.summary
    assert finding.metrics["delay_max_s"] == pytest.approx(3.001)


def test_calm_when_reuse_is_accepted(tables_of: Make, attempt: Make) -> None:
    rows = [attempt(0, 20000), attempt(1, 20000, prev_id=0, isn_step=65537), attempt(2, 20000, "silent", prev_id=1)]
    assert DETECTOR.detect(tables_of(*rows)) == []


def test_calm_when_a_syn_ack_is_wrong(tables_of: Make, attempt: Make) -> None:
    assert DETECTOR.detect(tables_of(attempt(0, 20000, wrong_synacks=1))) == []

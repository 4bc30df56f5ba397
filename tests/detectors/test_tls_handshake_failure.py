"""How a handshake was broken off, by whom, and when it is grave."""

from collections.abc import Callable
from typing import Any

import pytest

from netdiag.connections.connection import Mark, Tls
from netdiag.detectors.tls_handshake_failure import DETECTOR
from netdiag.findings.finding import Finding, Severity

Make = Callable[..., Any]
MS = 10**6


@pytest.fixture(scope="session")
def broken(attempt: Make) -> Make:
    """A handshake that ends 20 ms after its ClientHello: by alert, reset or close of side `by`; complete without a way."""

    def make(at_s: float, way: str = "", by: int = 2, **more: Any) -> dict[str, Any]:
        row = attempt(at_s, 40000 + round(at_s), "open", tls=Tls.TLS, ttl_in=57, ttl_out=64)
        hello, end = row["syn_ns"] + 10 * MS, row["syn_ns"] + 30 * MS
        row |= {"hello_ns": hello, "hello_ref": row["syn_ref"] + 3, "phase_ns": hello}
        side = "in" if by == 2 else "out"
        quit_facts = {"quit_ns": end, "quit_by": by, "quit_ref": row["syn_ref"] + 9}
        row |= {
            "": {"tls_done_ns": end},
            "alert": {"alert_by": by, "alert_level": 2, "alert_description": 48, "alert_ns": end, "alert_ref": row["syn_ref"] + 8},
            "reset": quit_facts | {f"rst_{side}_ns": end, f"rst_{side}": 1, f"rst_{side}_ttl": 57 if by == 2 else 64},
            "close": quit_facts | {f"fin_{side}_ns": end},
        }[way]
        return row | more

    return make


def only(tables: Any) -> Finding:
    (finding,) = DETECTOR.detect(tables)
    return finding


@pytest.mark.parametrize(
    ("way", "by", "kind"),
    [
        ("alert", 2, "alert-by-server"),
        ("alert", 1, "alert-by-client"),
        ("reset", 2, "reset-by-server"),
        ("reset", 1, "reset-by-client"),
        ("close", 2, "closed-by-server"),
        ("close", 1, "closed-by-client"),
    ],
)
def test_kinds(tables_of: Make, broken: Make, way: str, by: int, kind: str) -> None:
    finding = only(tables_of(broken(0, way, by), broken(1)))
    assert finding.metrics["kinds"] == {kind: 1}
    assert (finding.metrics["failed"], finding.metrics["attempts"], finding.severity) == (1, 2, Severity.INFO)
    assert [ref.phase for ref in finding.connections] == [kind]


def test_an_alert_is_named(tables_of: Make, broken: Make) -> None:
    finding = only(tables_of(*(broken(at, "alert", 1) for at in range(4))))
    assert finding.metrics["alerts"] == {"unknown_ca": 4}
    assert finding.severity == Severity.LOW
    assert "unknown_ca 4" in finding.summary


def test_an_encrypted_alert_has_no_name(tables_of: Make, broken: Make) -> None:
    finding = only(tables_of(broken(0, "alert", 1, alert_level=0, alert_description=0)))
    assert (finding.metrics["alerts"], finding.confidence) == ({}, 0.8)


@pytest.mark.parametrize("ways", [("alert", 2), ("reset", 2)])
def test_alarm_when_it_begins_all_at_once(tables_of: Make, broken: Make, ways: tuple[str, int]) -> None:
    finding = only(tables_of(*(broken(at, *(ways if at >= 20 else ())) for at in range(30))))
    assert (finding.metrics["sudden"], finding.severity) == (True, Severity.MEDIUM)


SIGNS: dict[str, dict[str, int]] = {
    "data after it": {"data_after_rst_in": 1},
    "another TTL": {"rst_in_ttl": 50},
    "a number that was never sent": {"rst_in_ahead": 1460},
    "too soon": {"synack_ns": 1_700_000_000 * 10**9 + 100 * MS},
}


@pytest.mark.parametrize("first", SIGNS)
@pytest.mark.parametrize("second", SIGNS)
def test_alarm_on_two_signs_of_injection_and_calm_on_one(tables_of: Make, broken: Make, first: str, second: str) -> None:
    finding = only(tables_of(broken(0, "reset", 2, **SIGNS[first] | SIGNS[second])))
    if first == second:
        assert (finding.metrics["injected"], finding.severity) == (0, Severity.INFO)
    else:
        assert (finding.metrics["injected"], finding.severity, finding.confidence) == (1, Severity.MEDIUM, 0.85)


def test_alarm_in_the_clients_name(tables_of: Make, broken: Make) -> None:
    finding = only(tables_of(*(broken(at, "reset", 1, data_after_rst_out=2, rst_out_ttl=99, rst_out_ahead=5) for at in range(3))))
    assert (finding.metrics["injected"], finding.severity, finding.confidence) == (3, Severity.HIGH, 0.95)


@pytest.mark.parametrize(
    "more",
    [
        {"marks": Mark.SEEN_OUT},
        {"marks": Mark.SEEN_OUT | Mark.SEEN_IN | Mark.GAP_IN},
        {"marks": Mark.SEEN_OUT | Mark.SEEN_IN | Mark.PARTIAL},
        {"tls": Tls.OTHER},
        {"hello_ns": 0},
        {"phase_ns": 1},
        {"tls_done_ns": 5},
    ],
)
def test_calm(tables_of: Make, broken: Make, more: dict[str, int]) -> None:
    """One-sided, cut, not TLS, a stall, a reset after the end: none is a broken handshake."""
    assert DETECTOR.detect(tables_of(broken(0, "reset", 2, **more))) == []


def test_calm_when_handshakes_are_complete(tables_of: Make, broken: Make) -> None:
    assert DETECTOR.detect(tables_of(*(broken(at) for at in range(30)))) == []


def test_few_at_random_are_no_change(tables_of: Make, broken: Make) -> None:
    finding = only(tables_of(*(broken(at, "reset" if at % 7 == 3 else "", 2) for at in range(70))))
    assert (finding.metrics["sudden"], finding.severity) == (False, Severity.LOW)


def test_what_ended_long_after_its_last_progress_is_no_attempt_of_this_kind(tables_of: Make, broken: Make) -> None:
    stalled = broken(2, "close")
    stalled["quit_ns"] += 5000 * MS
    finding = only(tables_of(broken(0, "reset"), broken(1), stalled))
    assert (finding.metrics["failed"], finding.metrics["attempts"]) == (1, 2)

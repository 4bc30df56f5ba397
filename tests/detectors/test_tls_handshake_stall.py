"""Every state of `judge`, and how grave a finding is."""

from collections.abc import Callable
from typing import Any

import pytest

from netdiag.connections.connection import Mark, Phase, Tls
from netdiag.detectors.tls_handshake_stall import COLUMNS, DETECTOR, PHASE_NAMES, Thresholds, judge
from netdiag.findings.finding import Severity

Make = Callable[..., Any]
SECOND = 10**9


@pytest.fixture(scope="session")
def hello(attempt: Make) -> Make:
    """Makes a connection whose TLS handshake waits in a phase, ends, or stalled for a time (`wait_s`)."""

    def make(at_s: float, phase: Phase = Phase.NONE, *, quit_s: float = 0, by: int = 1, wait_s: float = 0, **more: Any) -> dict[str, Any]:
        row = attempt(at_s, 40000 + round(at_s), "open", tls=Tls.TLS, phase=phase)
        begin = row["syn_ns"] + 10**7
        row |= {"hello_ns": begin, "phase_ns": begin, "phase_ref": row["syn_ref"] + 5, "bytes_out": 500}
        if quit_s:
            row |= {"quit_ns": begin + round(quit_s * SECOND), "quit_ref": row["syn_ref"] + 9, "quit_by": by}
        if phase is Phase.NONE:
            row["tls_done_ns"] = begin + SECOND // 100 + round(wait_s * SECOND)
        if wait_s:
            row |= {
                "wait_3_ns": round(wait_s * SECOND),
                "wait_ns": round(wait_s * SECOND),
                "wait_phase": 3,
                "wait_start_ns": begin,
                "wait_ref": 7,
            }
        return row | more

    return make


def judged(tables: Any, **thresholds: Any) -> list[tuple[Any, ...]]:
    frame = judge(tables, Thresholds(**thresholds)).frame
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == len(tables.columns)
    return list(frame.itertuples(index=False, name=None))


def test_states(tables_of: Make, attempt: Make, hello: Make) -> None:
    rows = {
        "complete": hello(0),
        "recovered": hello(1, wait_s=5),
        "client": hello(2, Phase.NO_SERVER_HELLO, quit_s=10),
        "server": hello(3, Phase.NO_CLIENT_FINISH, quit_s=10, by=2),
        "open": hello(4, Phase.SERVER_FLIGHT_LOST),
        "reset": hello(5, Phase.NO_SERVER_HELLO, quit_s=0.1, by=2),
        "alert": hello(6, Phase.NO_CLIENT_FINISH, alert_by=1, alert_level=2, alert_ns=hello(6)["syn_ns"] + 10**8),
        "not tls": attempt(7, 50000, tls=Tls.OTHER),
        "refused": attempt(8, 50001, "reset"),
        "lost": hello(9, Phase.NONE, tls=Tls.LOST, tls_done_ns=0),
    }
    found = dict(zip(rows, judged(tables_of(*rows.values(), last_ns=rows["open"]["phase_ns"] + 6 * SECOND)), strict=True))
    assert found == {
        "complete": ("complete", "", 0, ""),
        "recovered": ("stalled", "no-server-hello", 5_000_000, "recovered"),
        "client": ("stalled", "no-server-hello", 10_000_000, "client-gave-up"),
        "server": ("stalled", "no-client-finish", 10_000_000, "server-gave-up"),
        "open": ("stalled", "server-flight-lost", 6_000_000, "open"),
        "reset": ("failed", "", 0, ""),
        "alert": ("failed", "", 0, ""),
        "not tls": ("none", "", 0, ""),
        "refused": ("none", "", 0, ""),
        "lost": ("partial", "", 0, ""),
    }


def test_an_end_too_soon_is_partial(tables_of: Make, hello: Make) -> None:
    row = hello(0, Phase.NO_SERVER_HELLO)
    assert judged(tables_of(row, last_ns=row["phase_ns"] + SECOND)) == [("partial", "no-server-hello", 1_000_000, "open")]


@pytest.mark.parametrize("mark", [Mark.PARTIAL, Mark.GAP_OUT, Mark.GAP_IN])
def test_what_was_not_seen_is_not_judged(tables_of: Make, hello: Make, mark: Mark) -> None:
    row = hello(0, Phase.NO_SERVER_HELLO)
    assert judged(tables_of(row | {"marks": row["marks"] | mark}))[0][0] == "partial"
    assert judged(tables_of(row | {"marks": Mark.SEEN_OUT}))[0][0] == "partial"


def test_the_limit_grows_with_the_round_trip(tables_of: Make, hello: Make) -> None:
    row = hello(0, wait_s=1.5)
    assert judged(tables_of(row))[0][0] == "stalled"
    assert judged(tables_of(row | {"rtt_ns": 400_000_000}))[0][0] == "complete"


def test_a_slow_server_sets_its_own_norm_but_stalls_do_not(tables_of: Make, hello: Make) -> None:
    slow = [hello(at / 100, wait_s=1.2) for at in range(50)]
    assert {state for state, *_ in judged(tables_of(*slow), baseline_samples=50)} == {"complete"}
    quick = [hello(at / 100, wait_s=0.01 if at % 5 else 5) for at in range(50)]
    assert sum(state == "stalled" for state, *_ in judged(tables_of(*quick), baseline_samples=50)) == 10


def test_no_client_hello_needs_a_tls_service_and_is_no_probe(tables_of: Make, attempt: Make, hello: Make) -> None:
    mute = attempt(1, 50000, "open", phase=Phase.NO_CLIENT_HELLO, dport=8080)
    mute["phase_ns"] = mute["ack_ns"]
    probe = mute | {"quit_ns": mute["ack_ns"] + SECOND // 2, "quit_by": 1}
    assert [state for state, *_ in judged(tables_of(mute))] == ["none"]
    assert [state for state, *_ in judged(tables_of(mute, hello(0, dport=8080)))] == ["stalled", "complete"]
    assert [state for state, *_ in judged(tables_of(probe, hello(0, dport=8080)))] == ["none", "complete"]
    assert [state for state, *_ in judged(tables_of(mute | {"dport": 443}))] == ["stalled"]


def test_alarm_names_phases_and_counts(tables_of: Make, hello: Make) -> None:
    rows = [hello(at) for at in range(10)] + [hello(10 + at, Phase.NO_SERVER_HELLO, quit_s=10) for at in range(3)] + [hello(20, wait_s=4)]
    (finding,) = DETECTOR.detect(tables_of(*rows))
    assert finding.severity == Severity.HIGH
    assert finding.metrics["stalled"] == 4
    assert finding.metrics["attempts"] == 14
    assert finding.metrics["phases"] == {"no-server-hello": 4}
    assert finding.metrics["outcomes"] == {"client-gave-up": 3, "recovered": 1}
    assert {ref.phase for ref in finding.connections} == {"no-server-hello"}
    assert finding.end_ns == rows[12]["quit_ns"] or finding.end_ns == rows[13]["wait_start_ns"] + 4 * SECOND


@pytest.mark.parametrize(("stalls", "healthy", "severity"), [(1, 200, Severity.INFO), (1, 20, Severity.LOW), (5, 20, Severity.MEDIUM)])
def test_recovered_stalls_weigh_by_their_share(tables_of: Make, hello: Make, stalls: int, healthy: int, severity: Severity) -> None:
    rows = [hello(at) for at in range(healthy)] + [hello(healthy + at, wait_s=4) for at in range(stalls)]
    assert [finding.severity for finding in DETECTOR.detect(tables_of(*rows))] == [severity]


def test_waiting_clients_are_a_remark(tables_of: Make, hello: Make) -> None:
    rows = [hello(at) for at in range(10)] + [hello(11, wait_1_ns=5 * SECOND)]
    (finding,) = DETECTOR.detect(tables_of(*rows))
    assert finding.severity == Severity.INFO


def test_a_capture_of_nothing_but_beginnings_is_a_remark(tables_of: Make, hello: Make) -> None:
    row = hello(0, Phase.NO_SERVER_HELLO)
    (finding,) = DETECTOR.detect(tables_of(row, last_ns=row["phase_ns"] + 1000))
    assert (finding.severity, finding.metrics["stalled"], finding.metrics["attempts"]) == (Severity.INFO, 0, 0)
    assert [ref.phase for ref in finding.connections] == ["no-server-hello"]
    assert "while 1 TLS handshake from 192.0.2.7 to 198.51.100.1:443 waits (no-server-hello 1): too soon" in finding.summary


def test_calm_on_healthy_handshakes(tables_of: Make, attempt: Make, hello: Make) -> None:
    last = hello(100, Phase.NO_SERVER_HELLO)
    tables = tables_of(*(hello(at) for at in range(100)), attempt(50, 60000), last, last_ns=last["phase_ns"] + SECOND // 2)
    assert DETECTOR.detect(tables) == []


def test_phase_names_are_those_of_the_interface() -> None:
    assert PHASE_NAMES[1:] == (
        "no-client-hello", "client-hello-lost", "no-server-hello", "server-flight-lost", "server-flight-stopped",
        "no-client-finish", "no-server-finish",
    )  # fmt: skip

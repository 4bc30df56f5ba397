"""What the detectors make of real Linux behaviour: the captures beside the project and what each is known to show."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netdiag import Severity, analyze
from netdiag.findings.finding import Finding

Found = Callable[[str], dict[str, Finding]]
REJECTED = {30002, 30003, 30004, 30006, 30008, 30009, 30010, 30011, 30012, 30013, 30015, 30016, 30017, 30018, 30019}


@pytest.fixture(scope="module")
def result(behaviours: Path) -> Callable[[str], Any]:
    """Result of a capture by name, analyzed once."""
    known: dict[str, Any] = {}

    def once(name: str) -> Any:
        if name not in known:
            known[name] = analyze(behaviours / f"{name}.pcap")
        return known[name]

    return once


@pytest.fixture
def found(result: Callable[[str], Any]) -> Found:
    """Findings above info by code; there must be at most one of each."""

    def loud(name: str) -> dict[str, Finding]:
        findings = [finding for finding in result(name).finding_list if finding.severity > Severity.INFO]
        assert len({finding.code for finding in findings}) == len(findings)
        return {finding.code: finding for finding in findings}

    return loud


@pytest.mark.parametrize("name", ["tls12_ok", "tls13_ok", "synproxy_clean", "synack_retrans_vs_cookie", "tls_stall_app_silent"])
def test_nothing_above_info(found: Found, result: Callable[[str], Any], name: str) -> None:
    assert found(name) == {}
    assert result(name).verdicts == []


@pytest.mark.parametrize("name", ["tls12_ok", "tls13_ok"])
def test_nothing_at_all(result: Callable[[str], Any], name: str) -> None:
    assert list(result(name).finding_list) == []
    assert result(name).connections["tls_state"].tolist() == ["complete"]


def test_exactly_the_rejected_ports(found: Found) -> None:
    finding = found("port_reuse_states")["ND102"]
    assert {ref.sport for ref in finding.connections} == REJECTED
    assert len(finding.connections) == len(REJECTED)
    assert found("port_reuse_states").keys() == {"ND101", "ND102"}


def test_a_nat_of_500_ports(found: Found) -> None:
    findings = found("nat500_timewait_collision")
    burst, collision = findings["ND101"].metrics, findings["ND102"].metrics
    assert (burst["reuses"], burst["attempts"], collision["collisions"]) == (1398, 1896, 415)
    assert burst["pool_estimate"] == pytest.approx(544, abs=1)
    assert collision["older_timestamp"] == 415
    assert findings.keys() == {"ND101", "ND102"}


def test_a_ban_of_ten_seconds(found: Found) -> None:
    metrics = found("flood_ban10s")["ND301"].metrics
    assert metrics["mechanism"] == "silent-drop"
    assert metrics["penalty_s"] == pytest.approx(10, abs=0.5)
    assert metrics["penalty_interval_s"][0] <= 10 <= metrics["penalty_interval_s"][1]
    assert metrics["threshold_interval_per_s"][0] <= 10 <= metrics["threshold_interval_per_s"][1]


def test_a_token_bucket_of_ten_per_second(found: Found) -> None:
    metrics = found("flood_tokenbucket")["ND301"].metrics
    assert metrics["mechanism"] == "rate-limit"
    assert metrics["threshold_per_s"] == pytest.approx(10, abs=1)
    assert metrics["penalty_s"] is None


def test_five_connections_and_no_more(found: Found) -> None:
    metrics = found("flood_connlimit_rst")["ND301"].metrics
    assert (metrics["mechanism"], metrics["connection_limit"], metrics["blocked"]) == ("connection-limit", 5, 14)


def test_icmp_is_no_rate_limit(found: Found) -> None:
    assert found("icmp_adminprohib_ratelimited")["ND301"].metrics["mechanism"] == "icmp-prohibited"


def test_a_syn_proxy_is_recognised(result: Callable[[str], Any]) -> None:
    (finding,) = result("synproxy_clean").finding_list
    assert (finding.metrics["mechanism"], finding.severity) == ("syn-proxy", Severity.INFO)


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("accept_queue_overflow", "client-hello-lost"),
        ("tls_stall_clienthello_blackholed_clientside", "client-hello-lost"),
        ("tls_stall_cert_flight_blackholed_serverside", "server-flight-lost"),
    ],
)
def test_stalls_and_nothing_else(found: Found, name: str, phase: str) -> None:
    findings = found(name)
    assert findings.keys() == {"ND201"}
    assert set(findings["ND201"].metrics["phases"]) == {phase}


def test_an_end_right_after_the_hello_is_told_but_not_judged(result: Callable[[str], Any]) -> None:
    (finding,) = result("tls_stall_app_silent").finding_list
    assert [ref.phase for ref in finding.connections] == ["no-server-hello"]
    assert result("tls_stall_app_silent").connections["tls_state"].tolist() == ["partial"]


def test_a_dead_destination_is_no_flood_control(found: Found) -> None:
    assert found("syn_blackhole_linux618") == {}


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("port_reuse_states", "tcp-state-collision"),
        ("nat500_timewait_collision", "tcp-state-collision"),
        ("flood_ban10s", "per-source-penalty"),
        ("flood_tokenbucket", "per-source-penalty"),
        ("flood_connlimit_rst", "per-source-penalty"),
        ("icmp_adminprohib_ratelimited", "per-source-penalty"),
        ("accept_queue_overflow", "server-overload"),
        ("tls_stall_cert_flight_blackholed_serverside", "mtu-black-hole"),
        ("syn_blackhole_linux618", "dead-destination"),
    ],
)
def test_the_likeliest_cause(result: Callable[[str], Any], name: str, cause: str) -> None:
    (verdict,) = result(name).verdicts
    assert verdict.causes[0].slug == cause
    assert len(verdict.causes) >= 2
    assert sum(each.weight for each in verdict.causes) == pytest.approx(1)

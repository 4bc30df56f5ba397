"""The path as a whole, by its options."""

import subprocess
import sys
from threading import Event

import pytest
from scapy.layers.inet import TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from netdiag.analyze import analyze, judge, open, read  # noqa: A004
from netdiag.connections import derived
from netdiag.errors import ConfigError
from netdiag.findings.finding import Severity


@pytest.fixture(scope="module")
def facts(captures):
    return read(captures / "nat500_timewait_collision" / "capture.pcap.gz")


def test_worst_findings_come_first(facts):
    severities = [finding.severity for finding in judge(facts).finding_list]
    assert severities == sorted(severities, reverse=True)
    assert Severity.HIGH in severities


def test_judging_again_reads_nothing(facts):
    strict = judge(facts, thresholds={"ND201": {"min_stall_s": 0.5}})
    assert strict.inputs is facts.inputs
    with pytest.raises(ConfigError, match="min_stall_s"):
        judge(facts, thresholds={"tls-handshake-stall": {"min_stal_s": 0.5}})


def test_verdicts_follow_the_thresholds_in_force(captures):
    stalled = read(captures / "tls_stall_cert_flight_blackholed_serverside" / "capture.pcap")
    assert [verdict.causes[0].slug for verdict in judge(stalled).verdicts] == ["mtu-black-hole"]
    assert judge(stalled, thresholds={"ND201": {"min_stall_s": 60.0}}).verdicts == []


def test_who_judges_is_imported_while_reading(captures, monkeypatch):
    done = Event()
    monkeypatch.setattr(sys.modules[analyze.__module__], "_import_judges", done.set)
    analyze(captures / "tls13_ok" / "capture.pcap")
    assert done.wait(60)


def test_all_who_judge_are_imported():
    code = "import sys, netdiag.analyze; sys.modules['netdiag.analyze']._import_judges(); print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"netdiag.detectors.flood_control_trip", "netdiag.verdicts.decide"} <= set(found)


def test_chosen_detectors_only(facts):
    assert {finding.code for finding in judge(facts, detectors=["ND101"]).finding_list} == {"ND101"}
    with pytest.raises(ConfigError, match="port-reuse-burst"):
        judge(facts, detectors=["port-reuse-brust"])


def test_other_sources_are_not_shown(facts):
    other = judge(facts, source=["192.0.2.0/24"])
    assert (len(other.finding_list), len(other.verdicts), len(other.connections), len(other.sources)) == (0, 0, 0, 0)
    assert len(judge(facts, source=["10.9.0.1"]).sources) == 1
    with pytest.raises(ConfigError, match="no address or network"):
        judge(facts, source=["ten"])


def test_what_is_allowed_is_counted_with_its_reason(facts):
    allowed = judge(facts, allow=[("10.9.0.0/24", "a load test of ours")])
    assert allowed.finding_list == []
    assert allowed.verdicts == []
    assert {reason for _, reason in allowed.suppressed} == {"a load test of ours"}
    assert len(allowed.suppressed) == len(judge(facts).finding_list)


def test_min_severity(facts):
    assert {str(finding.severity) for finding in judge(facts, min_severity=Severity.HIGH).finding_list} == {"high"}


def test_an_unknown_option_is_named(captures):
    with pytest.raises(ConfigError, match="chunk"):
        analyze(captures / "tls13_ok" / "capture.pcap", chunk=5)


def test_open_reads_when_asked(captures, tmp_path):
    assert open(tmp_path / "not there yet") is not None
    capture = open(captures / "nat500_timewait_collision" / "capture.pcap.gz")
    assert len(capture.connections) == 1896
    assert capture.analyze(detectors=["ND102"]).inputs is capture.facts.inputs
    assert set(capture.findings["code"]) >= {"ND101", "ND102"}


def test_the_document_is_the_same_each_time(facts):
    assert judge(facts).document() == judge(facts).document()


def test_who_edits_the_table_leaves_the_facts_alone(captures):
    reading = open(captures / "flood_ban10s" / "capture.pcap")
    told = reading.analyze().document()
    for networks in ((), ("0.0.0.0/0",)):
        connections = reading.analyze(source=networks).connections
        connections.loc[:, "syn_last_ns"] += 5 * 10**9
        connections.loc[:, "src"] = connections["src"].iloc[0]
        connections.loc[:, "tls_state"] = "stalled"
        connections.loc[:, "stall_us"] = 10**9
    reading.connections.loc[:, "syn_last_ns"] += 5 * 10**9
    assert reading.analyze().document() == told


@pytest.mark.parametrize("name", ["lab_healthy_mix", "lab_healthy_loss", "lab_busy_nat", "lab_health_checks", "tls13_ok"])
def test_of_healthy_connections_half_the_facts_are_never_laid_out(captures, monkeypatch, name):
    def asked(*_):
        raise AssertionError("a judge asked for what is laid out later")

    path = next((captures / name).glob("capture.pcap*"))
    with monkeypatch.context() as patch:
        patch.setattr(derived, "LATER_BYTES", 0)
        patch.setattr(derived, "_others", asked)
        result = analyze(path)
        document = result.document()
        with pytest.raises(AssertionError):
            _ = result.connections
    assert document == analyze(path).document()


def test_a_source_of_all_zeros_is_one_like_others(tmp_path):
    """No host may send from ::, but a capture may hold it."""
    packets = []
    for at in range(60):
        ports = {"sport": 2000 + at, "dport": 443}
        times = (0, 0.01, 0.02) if at < 20 else (0, 1, 3)
        syn = IPv6(src="::", dst="2001:db8::1") / TCP(**ports, flags="S", seq=1000 * at)
        answered = [
            syn,
            IPv6(src="2001:db8::1", dst="::") / TCP(sport=443, dport=2000 + at, flags="SA", seq=5, ack=1000 * at + 1),
            IPv6(src="::", dst="2001:db8::1") / TCP(**ports, flags="A", seq=1000 * at + 1, ack=6),
        ]
        for since, packet in zip(times, answered if at < 20 else [syn] * 3, strict=True):
            packets.append(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet)
            packets[-1].time = 1_700_000_000 + at / 2 + since
    path = tmp_path / "zeros.pcap"
    wrpcap(str(path), sorted(packets, key=lambda packet: packet.time))
    result = analyze(path)
    assert set(result.connections["src"]) == {"::"}
    assert {finding.source for finding in result.finding_list} == {"::"}
    assert result.document()["sources"][0]["source"] == "::"

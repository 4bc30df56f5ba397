import pytest

from netdiag.expectations.expectation import Expectation, Finding, Verdict
from netdiag.expectations.judge import judge, names

STALL = {
    "id": "ND201-1",
    "detector": "tls-handshake-stall",
    "severity": "high",
    "confidence": 0.9,
    "source": "10.0.0.1",
    "destination": "10.0.0.2:443",
    "summary": "Six stalled.",
    "metrics": {"stalled": 6, "phases": {"no-server-hello": 6}},
    "connections": [1, 2, 3],
}
VERDICT = {"cause": "path-loss", "runner_up": "server-overload", "confidence": 0.8, "summary": "It is lost."}
DOCUMENT = {
    "findings": [STALL],
    "sources": [{"source": "10.0.0.1", "verdict": VERDICT}, {"source": "10.0.0.9", "verdict": None}],
}


@pytest.fixture
def differences(tmp_path):
    """What differs when this is expected of DOCUMENT."""

    def of(**expected):
        given = {"findings": (), "absent": (), "verdicts": (), "facts": {}, **expected}
        expectation = Expectation(folder=tmp_path, capture=tmp_path, purpose="", source="", licence="", options={}, facts_line=9, **given)
        checks = judge(expectation, DOCUMENT, {"packets": 7})
        assert [(check.name, check.line) for check in checks] == names(expectation)
        return [str(one) for check in checks for one in check.differences]

    return of


def finding(**keys):
    return Finding(line=3, **keys)


@pytest.mark.parametrize(
    "wanted",
    [
        finding(detector="tls-handshake-stall", source="10.0.0.*", demands={"severity": ">=medium", "connections": 3}),
        finding(demands={"metrics.phases.no-server-hello": (5, 7)}),
        finding(destination="*:443", count=1),
        finding(detector="port-reuse-burst", count=0),
    ],
)
def test_what_is_there_is_found(differences, wanted):
    assert differences(findings=(wanted,)) == []


def test_what_is_missing_says_what_is_there(differences):
    (one,) = differences(findings=(finding(detector="port-reuse-burst"),))
    assert one == "findings: expected at least one port-reuse-burst of any source, got 0 (there are ND201-1)"


def test_a_demand_that_is_not_met_is_named_by_its_place(differences):
    wanted = finding(detector="tls-handshake-stall", demands={"severity": "low", "metrics.stalled": (1, 2), "metrics.none": 1})
    assert differences(findings=(wanted,)) == [
        'findings[ND201-1].severity: expected low, got "high"',
        "findings[ND201-1].metrics.stalled: expected 1 to 2, got 6",
        "findings[ND201-1].metrics.none: expected 1, got nothing",
    ]


def test_a_wrong_count_is_told_with_what_matched(differences):
    (one,) = differences(findings=(finding(detector="tls-handshake-stall", count=2),))
    assert one == "findings: expected 2 of tls-handshake-stall of any source, got 1 (there are ND201-1)"


def test_nothing_absent_may_be_there(differences):
    assert differences(absent=(finding(detector="tls-handshake-stall", demands={"severity": "critical"}),)) == []
    (one,) = differences(absent=(finding(source="10.0.0.1"),))
    assert one == "findings[ND201-1]: expected no finding of 10.0.0.1, got high, tls-handshake-stall, Six stalled."


def test_verdicts(differences):
    right = Verdict(line=1, source="10.0.0.1", demands={"cause": "path-loss", "runner_up": "server-*", "confidence": ">=0.5"})
    calm = Verdict(line=2, source="10.0.0.9", demands={"cause": "none"})
    assert differences(verdicts=(right, calm)) == []
    wrong = Verdict(line=1, source="*", demands={"cause": "mtu-black-hole"})
    assert differences(verdicts=(wrong,)) == [
        "sources[10.0.0.1].verdict.cause: expected mtu-black-hole, got path-loss (It is lost.)",
        "sources[10.0.0.9].verdict.cause: expected mtu-black-hole, got none",
    ]
    (one,) = differences(verdicts=(Verdict(line=1, source="10.0.0.5", demands={"cause": "none"}),))
    assert one == "sources: expected 10.0.0.5, got 10.0.0.1, 10.0.0.9"


def test_facts(differences):
    assert differences(facts={"packets": (6, 8)}) == []
    assert differences(facts={"packets": 8}) == ["facts.packets: expected 8, got 7"]

from netdiag import analyze
from netdiag.expectations.facts import FACTS, facts_of


def test_every_fact_that_may_be_asked_for_is_counted(captures):
    result = analyze(captures / "tls13_ok" / "capture.pcap")
    facts = facts_of(result, result.document())
    assert tuple(facts) == FACTS
    assert {name: facts[name] for name in ("packets", "connections", "established", "client_hello", "format", "status")} == {
        "packets": 13,
        "connections": 1,
        "established": 1,
        "client_hello": 1,
        "format": "pcap",
        "status": "complete",
    }

from netdiag.expectations.expectation import Finding, Verdict


def test_titles_say_what_is_expected():
    finding = Finding(line=1, detector="tls-handshake-stall", source="10.0.0.1", demands={"severity": ">=high", "metrics.stalled": 2})
    assert finding.title == "tls-handshake-stall of 10.0.0.1 (severity >=high)"
    assert Finding(line=1, destination="10.0.0.2:443").title == "any finding of any source to 10.0.0.2:443"
    assert Verdict(line=1, source="*", demands={"cause": "none"}).title == "none for *"

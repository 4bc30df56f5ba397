"""Identity of a finding and how a destination is written."""

from dataclasses import replace

from netdiag.findings.finding import BUCKET_NS, Finding, Severity, endpoint

ONE = Finding(
    detector="port-reuse-burst", code="ND101", severity=Severity.LOW, confidence=0.5, source="192.0.2.7",
    destination="198.51.100.1:443", start_ns=BUCKET_NS * 7, end_ns=BUCKET_NS * 8, summary="x",
)  # fmt: skip


def test_identity_is_of_detector_source_destination_and_minute() -> None:
    same = replace(ONE, start_ns=ONE.start_ns + BUCKET_NS - 1, summary="y", severity=Severity.HIGH)
    assert same.id == ONE.id
    assert len({ONE.id, *(replace(ONE, **change).id for change in ({"source": "x"}, {"destination": None}, {"start_ns": 0}))}) == 4
    assert ONE.id.startswith("ND101-")
    assert len(ONE.id) == len("ND101-1a2b3c4d")


def test_severities_are_ordered_and_lower_case() -> None:
    assert [str(severity) for severity in sorted(Severity)] == ["info", "low", "medium", "high", "critical"]


def test_endpoints() -> None:
    assert endpoint("192.0.2.7", 443) == "192.0.2.7:443"
    assert endpoint("2001:db8::1", 443) == "[2001:db8::1]:443"

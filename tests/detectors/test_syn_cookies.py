"""Cookies by their marks, and half-open connections that are none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netdiag import analyze
from netdiag.detectors.syn_cookies import DETECTOR
from netdiag.findings.finding import Severity

Make = Callable[..., Any]


@pytest.fixture(scope="session")
def half(attempt: Make) -> Make:
    """A SYN-ACK that nobody acknowledges; `repeats` times repeated."""

    def make(at_s: float, repeats: int = 0, **more: Any) -> dict[str, Any]:
        unsaid = {"ack_ns": 0, "packets_out": 1, "fin_out_ns": 0, "fin_in_ns": 0, "synack_count": 1 + repeats}
        return attempt(at_s, 1024 + round(at_s * 10)) | unsaid | more

    return make


def numbers(row: dict[str, Any], isn: int, offset: int, before: int = -1) -> dict[str, Any]:
    return row | {"sport": 5000, "prev_id": before, "isn_out": isn, "isn_in": (isn + offset) % 2**32}


def test_alarm_on_a_constant_number(tables_of: Make, attempt: Make) -> None:
    rows = [numbers(attempt(at), isn, 4_000_000_000, at - 1) for at, isn in enumerate((7, 900_000_000))]
    (finding,) = DETECTOR.detect(tables_of(*rows, attempt(30)))
    assert (finding.metrics["constant"], finding.confidence, finding.severity) == (2, 0.99, Severity.INFO)
    assert [ref.sport for ref in finding.connections] == [5000, 5000]


def test_alarm_on_many_that_are_not_repeated(tables_of: Make, half: Make) -> None:
    rows = [half(0, 3), *(half(10 + at / 10) for at in range(30)), half(40, 2)]
    (finding,) = DETECTOR.detect(tables_of(*rows))
    assert (finding.metrics["unrepeated"], finding.severity) == (30, Severity.LOW)
    assert (finding.metrics["onset_s"], finding.metrics["offset_s"]) == ([10.0, 0.0], [0.0, 27.1])


def test_calm_where_the_service_never_repeats(tables_of: Make, half: Make) -> None:
    assert DETECTOR.detect(tables_of(*(half(at / 10) for at in range(30)))) == []


@pytest.mark.parametrize(
    "more", [{"rst_out": 1, "packets_out": 2}, {"packets_out": 2}, {"synack_window": 0}, {"ack_ns": 1}, {"synack_count": 2}]
)
def test_calm_on_what_the_client_refused_or_took(tables_of: Make, half: Make, more: dict[str, int]) -> None:
    assert DETECTOR.detect(tables_of(half(0, 3), *(half(10 + at / 10, **more) for at in range(30)))) == []


def test_calm_at_the_end_of_the_capture(tables_of: Make, half: Make) -> None:
    rows = [half(0, 3), *(half(10 + at / 100) for at in range(30))]
    assert DETECTOR.detect(tables_of(*rows, last_ns=rows[-1]["syn_ns"] + 10**9)) == []


@pytest.mark.parametrize("second", [{"isn": 8, "offset": 123}, {"isn": 7, "offset": 4_000_000_000}])
def test_calm_on_random_numbers_and_on_a_repeated_syn(tables_of: Make, attempt: Make, second: dict[str, int]) -> None:
    assert DETECTOR.detect(tables_of(numbers(attempt(0), 7, 4_000_000_000), numbers(attempt(1), **second, before=0))) == []


def test_calm_after_the_minute(tables_of: Make, attempt: Make) -> None:
    assert DETECTOR.detect(tables_of(numbers(attempt(0), 7, 99), numbers(attempt(61), 8, 99, 0))) == []


def test_linux(behaviours: Path) -> None:
    (finding,) = (one for one in analyze(behaviours / "synack_retrans_vs_cookie.pcap").finding_list if one.code == "ND302")
    assert (finding.severity, finding.metrics["constant"], finding.metrics["unrepeated"]) == (Severity.INFO, 2, 7)

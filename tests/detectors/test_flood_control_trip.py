"""Bans, limits and prohibitions, and all that only looks like them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.detectors.flood_control_trip import DETECTOR
from netdiag.errors import ConfigError
from netdiag.findings.finding import Finding, Severity

Make = Callable[..., Any]


def series(attempt: Make, rate: float, until_s: float, how: Callable[[float], str], **more: Any) -> list[dict[str, Any]]:
    """Attempts at a steady rate from fresh ports; `how` says what becomes of one at a time."""
    return [attempt(at, 1024 + k, how(at), **more) for k, at in enumerate(np.arange(0, until_s, 1 / rate).round(6).tolist())]


def only(tables: Any) -> Finding:
    (finding,) = DETECTOR.detect(tables)
    return finding


def banned(at: float) -> str:
    return "silent" if 10 <= at < 20 else "ok"


def test_alarm_on_a_ban_that_others_do_not_share(tables_of: Make, attempt: Make) -> None:
    others = series(attempt, 2, 40, lambda at: "ok", src="192.0.2.99")
    finding = only(tables_of(*series(attempt, 5, 40, banned), *others))
    metrics = finding.metrics
    assert finding.source == "192.0.2.7"
    assert (metrics["mechanism"], metrics["trips"], metrics["blocked"]) == ("silent-drop", 1, 50)
    assert metrics["penalty_s"] == pytest.approx(10, abs=0.5)
    assert metrics["penalty_interval_s"][0] <= 10 <= metrics["penalty_interval_s"][1]
    assert (finding.severity, finding.confidence) == (Severity.HIGH, 0.9)
    assert finding.destination == "198.51.100.1:443"
    assert "in 1 blocked stretch, after" in finding.summary


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"limit_exceptions = 2\.0 must be a share"):
        DETECTOR.with_thresholds(limit_exceptions=2.0)


def test_alarm_twice_the_same_penalty_is_confirmed(tables_of: Make, attempt: Make) -> None:
    finding = only(tables_of(*series(attempt, 5, 50, lambda at: "silent" if at % 20 >= 10 else "ok")))
    assert (finding.confidence, finding.metrics["trips"]) == (0.95, 2)
    assert "in 2 blocked stretches, after" in finding.summary


def test_alarm_on_resets_after_a_peak(tables_of: Make, attempt: Make) -> None:
    calm = series(attempt, 2, 20, lambda at: "ok")
    burst = [attempt(20 + at / 40, 9000 + at, "ok" if at < 30 else "reset") for at in range(60)]
    after = [attempt(22 + at / 2, 9900 + at, "reset" if at < 10 else "ok") for at in range(40)]
    finding = only(tables_of(*calm, *burst, *after))
    assert finding.metrics["mechanism"] == "reset"
    assert finding.metrics["threshold_interval_per_s"][0] <= 30 <= finding.metrics["threshold_interval_per_s"][1]


def test_alarm_on_a_token_bucket(tables_of: Make, attempt: Make) -> None:
    finding = only(tables_of(*series(attempt, 30, 10, lambda at: "ok" if round(at * 30) % 3 == 0 or at < 0.2 else "silent")))
    metrics = finding.metrics
    assert metrics["mechanism"] == "rate-limit"
    assert metrics["threshold_per_s"] == pytest.approx(10, abs=0.5)
    assert metrics["penalty_s"] is None
    assert metrics["penalty_interval_s"] is None


def test_alarm_on_a_fixed_window(tables_of: Make, attempt: Make) -> None:
    finding = only(tables_of(*series(attempt, 30, 20, lambda at: "ok" if at % 1 < 0.33 else "silent")))
    assert finding.metrics["mechanism"] == "rate-limit"
    assert finding.metrics["threshold_per_s"] == pytest.approx(10, abs=1)


def test_alarm_on_a_connection_limit(tables_of: Make, attempt: Make) -> None:
    rows = [attempt(at, 1024 + at, "open" if at < 5 else "reset") for at in range(20)]
    finding = only(tables_of(*rows))
    assert (finding.metrics["mechanism"], finding.metrics["connection_limit"]) == ("connection-limit", 5)


def test_alarm_on_icmp_is_no_rate_limit(tables_of: Make, attempt: Make) -> None:
    """Linux sends six ICMP errors, then one per second: the silence between says nothing."""
    rows = series(attempt, 20, 5, lambda at: "prohibited" if at < 0.3 or at % 1 < 0.049 else "silent")
    finding = only(tables_of(*rows))
    assert (finding.metrics["mechanism"], finding.metrics["blocked"]) == ("icmp-prohibited", 100)
    assert finding.metrics["threshold_per_s"] is None


def test_a_syn_proxy_is_a_remark_for_all_sources(tables_of: Make, attempt: Make) -> None:
    rows = [attempt(at, 1024 + at, src=f"192.0.2.{at + 4}", synack_window=0) for at in range(4)]
    finding = only(tables_of(*rows))
    assert (finding.severity, finding.source, finding.metrics["mechanism"]) == (Severity.INFO, "192.0.2.4/30", "syn-proxy")


def test_a_ban_over_many_services_is_seen_on_the_source(tables_of: Make, attempt: Make) -> None:
    rows = [attempt(at, 1024 + k, banned(at), dport=1 + k % 15) for k, at in enumerate(np.arange(0, 40, 0.5).tolist())]
    others = [attempt(at, 5024 + k, dport=1 + k % 15, src="192.0.2.99") for k, at in enumerate(np.arange(0, 40, 0.5).tolist())]
    finding = only(tables_of(*rows, *others))
    assert (finding.destination, finding.metrics["blocked"]) == (None, 20)


@pytest.mark.parametrize("loss", [0.02, 0.05, 0.3])
def test_calm_on_loss_at_random(tables_of: Make, attempt: Make, loss: float) -> None:
    random = np.random.default_rng(5)
    for _ in range(5):
        assert DETECTOR.detect(tables_of(*series(attempt, 20, 20, lambda at: "silent" if random.random() < loss else "ok"))) == []


def test_calm_when_the_server_is_down_for_all(tables_of: Make, attempt: Make) -> None:
    rows = [row for last in range(4) for row in series(attempt, 5, 40, banned, src=f"192.0.2.{last + 1}")]
    assert DETECTOR.detect(tables_of(*rows)) == []


def test_calm_when_the_only_source_is_cut_off_without_a_peak(tables_of: Make, attempt: Make) -> None:
    assert DETECTOR.detect(tables_of(*series(attempt, 5, 40, lambda at: "ok" if at < 20 else "silent"))) == []


@pytest.mark.parametrize("how", ["silent", "reset"])
def test_calm_when_it_never_worked(tables_of: Make, attempt: Make, how: str) -> None:
    assert DETECTOR.detect(tables_of(*series(attempt, 20, 10, lambda at: how))) == []


def test_calm_on_a_scanner(tables_of: Make, attempt: Make) -> None:
    rows = [attempt(at / 50, 1024, "ok" if at % 20 == 0 else "silent", dport=1 + at) for at in range(400)]
    assert DETECTOR.detect(tables_of(*rows)) == []


def test_calm_when_old_connections_answer(tables_of: Make, attempt: Make) -> None:
    assert DETECTOR.detect(tables_of(*series(attempt, 5, 40, lambda at: "wrong-ack" if 10 <= at < 20 else "ok"))) == []


def test_calm_when_the_accept_queue_is_full(tables_of: Make, attempt: Make) -> None:
    """ClientHellos went unacknowledged before SYNs did: the server takes nothing, from nobody."""
    calm = series(attempt, 2, 20, lambda at: "ok")
    burst = [attempt(20 + at / 40, 9000 + at, hello_ns=attempt(20 + at / 40)["syn_ns"] + 10**7) for at in range(30)]
    silent = [attempt(23 + at / 10, 9900 + at, "silent") for at in range(60)]
    assert DETECTOR.detect(tables_of(*calm, *burst, *silent)) == []

"""What is told of one source; flood-control-trip's own tests go through every mechanism."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections.connection import Answer, Mark
from netdiag.detectors.flood_control_trip import Thresholds
from netdiag.findings.attempts import Attempts
from netdiag.findings.outcome import Outcome
from netdiag.findings.trips import READ, Trip, judge_attempts

Make = Callable[..., Any]


def trip(tables_of: Make, rows: list[dict[str, Any]]) -> Trip | None:
    attempts = Attempts(tables_of(*rows), (Outcome.SILENT, Outcome.PROHIBITED))
    every = attempts.rows(np.arange(len(attempts.row)), READ)
    return judge_attempts(every.taken(every.says("src", "192.0.2.7")), attempts, np.unique(attempts.service), Thresholds())


def ban(attempt: Make, **more: Any) -> list[dict[str, Any]]:
    return [attempt(at / 5, 2000 + at, "silent" if 50 <= at < 100 else "ok", **more) for at in range(200)]


def served(attempt: Make) -> list[dict[str, Any]]:
    return [attempt(at / 5 + 0.1, 2000 + at, src="203.0.113.9") for at in range(200)]


def test_a_ban_of_a_prefix_that_others_outside_do_not_share(tables_of: Make, attempt: Make) -> None:
    found = trip(tables_of, ban(attempt) + ban(attempt, src="192.0.2.8") + ban(attempt, src="192.0.2.9") + served(attempt))
    assert found is not None
    assert (found.mechanism, found.trips, found.confidence) == ("silent-drop", 1, 0.9)
    assert (found.facts["keyed_by"], found.facts["certainty"], found.facts["penalty_kind"]) == ("prefix", "probable", "fixed")


def seen_from_one_side(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"answer": Answer.NONE, "synack_ns": 0, "answer_ns": 0, "packets_in": 0, "bytes_in": 0, "marks": Mark.SEEN_OUT}


def test_a_ban_is_seen_without_the_servers_packets(tables_of: Make, attempt: Make) -> None:
    rows = [seen_from_one_side(row | {"packets_out": row["packets_out"] + 1, "hello_ns": row["syn_ns"] + 10**6}) for row in ban(attempt)]
    blocked = {"packets_out": 1, "hello_ns": 0}
    rows = [row | blocked if 50 <= at < 99 else row for at, row in enumerate(rows)]
    late = rows[99]["syn_ns"] + 10**9  # the last blocked attempt repeats its SYN and gets through
    rows[99] |= {"syn_count": 2, "syn_last_ns": late, "packets_out": 4, "hello_ns": late + 10**6, "last_ns": late + 10**6}
    found = trip(tables_of, rows + served(attempt))
    assert found is not None
    assert (found.mechanism, found.trips) == ("silent-drop", 1)
    assert found.facts["penalty_s"] == pytest.approx(10, abs=1)


@pytest.mark.parametrize(("heard", "told"), [({"bytes_in": 500}, True), ({"packets_in": 0}, True), ({"bytes_in": 0}, False)])
def test_a_server_that_answered_or_is_not_in_the_capture_was_not_deaf(
    tables_of: Make, attempt: Make, heard: dict[str, int], told: bool
) -> None:
    rows = [row | ({"hello_ns": row["syn_ns"] + 10**6} | heard if at < 20 else {}) for at, row in enumerate(ban(attempt))]
    assert (trip(tables_of, rows + served(attempt)) is not None) == told


def test_everybodys_trouble_is_nobodys_trip(tables_of: Make, attempt: Make) -> None:
    assert trip(tables_of, ban(attempt) + ban(attempt, src="203.0.113.9")) is None


def test_nothing_accepted_is_no_trip(tables_of: Make, attempt: Make) -> None:
    assert trip(tables_of, [attempt(at / 5, 2000 + at, "silent") for at in range(50)]) is None


def from_few_ports(attempt: Make, passes: Callable[[int, float], bool], seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    times, ports = np.cumsum(rng.exponential(1 / 8, 400)).round(6).tolist(), (30000 + rng.integers(24, size=400)).tolist()
    return [attempt(at, port, "ok" if passes(port, at) else "silent") for at, port in zip(times, ports, strict=True)]


@pytest.mark.parametrize("seed", range(5))
def test_a_ban_is_no_rule_of_ports_however_few_there_are(tables_of: Make, attempt: Make, seed: int) -> None:
    found = trip(tables_of, from_few_ports(attempt, lambda port, at: not (15 <= at < 25 or 32 <= at < 42), seed))
    assert found is not None
    assert (found.trips, found.facts["keyed_by"]) == (2, None)
    assert found.facts["penalty_s"] == pytest.approx(10, abs=1)


@pytest.mark.parametrize("seed", range(5))
def test_ports_that_are_refused_soon_after_their_last_use(tables_of: Make, attempt: Make, seed: int) -> None:
    used: dict[int, float] = {}

    def passes(port: int, at: float) -> bool:
        if at < used.get(port, -9.0) + 4.0:
            return False
        used[port] = at
        return True

    found = trip(tables_of, from_few_ports(attempt, passes, seed))
    assert found is not None
    assert (found.mechanism, found.facts["keyed_by"], found.facts["penalty_kind"]) == ("silent-drop", "port", "cool-down")
    assert found.facts["penalty_s"] == pytest.approx(4, rel=0.1)
    assert (found.confidence, found.facts["contradicting"]) == (0.9, 0)


def test_a_prohibition_has_a_penalty_where_attempts_were_accepted_around_it(tables_of: Make, attempt: Make) -> None:
    """ICMP errors are rationed to one per second: what is silent between them is the same penalty."""
    hows = ["ok" if not 50 <= at < 100 else "prohibited" if at % 5 == 0 else "silent" for at in range(200)]
    found = trip(
        tables_of, [attempt(at / 5, 2000 + at, how) for at, how in enumerate(hows)] + [attempt(at, src="203.0.113.9") for at in range(40)]
    )
    assert found is not None
    assert (found.mechanism, found.trips, found.confidence) == ("icmp-prohibited", 1, 0.95)
    low, high = found.facts["penalty_interval_s"]
    assert low <= 10 <= high
    assert high - low < 0.5


def test_a_prohibition_of_everything_has_none(tables_of: Make, attempt: Make) -> None:
    found = trip(tables_of, [attempt(at / 5, 2000 + at, "prohibited") for at in range(50)])
    assert found is not None
    assert (found.mechanism, found.trips, found.facts) == ("icmp-prohibited", 1, {})


def bucket(attempt: Make, starts_s: list[float], rate_per_s: float, burst: int) -> list[dict[str, Any]]:
    """Attempts through a token bucket; each repeats its SYN after 1 and 2 s more."""
    syns = sorted((at + wait, number) for number, at in enumerate(starts_s) for wait in (0, 1, 3))
    left, since, passed = float(burst), 0.0, {}
    for now, number in syns:
        if number in passed:
            continue
        left, since = min(burst, left + (now - since) * rate_per_s), now
        if left >= 1:
            left -= 1
            passed[number] = now
    rows = []
    for number, at in enumerate(starts_s):
        until = passed.get(number, at + 3)
        row = attempt(at, 2000 + number, "ok" if until == at else "silent")
        if until > at:
            sent_ns = row["syn_ns"] + round((until - at) * 1e9)
            row |= {"syn_count": {1: 2, 3: 3}[round(until - at)], "syn_last_ns": sent_ns, "last_ns": sent_ns + 10**6}
            if number in passed:
                row |= {"synack_ns": sent_ns + 10**6, "answer_ns": sent_ns + 10**6, "answer": Answer.SYN_ACK, "synack_count": 1}
                row |= {"ack_ns": sent_ns + 2 * 10**6, "packets_in": 3, "marks": Mark.SEEN_OUT | Mark.SEEN_IN}
        rows.append(row)
    return rows


@pytest.mark.parametrize(("rate_per_s", "hot"), [(6.0, 60), (5.0, 100)])
def test_syns_that_seep_evenly_tell_of_a_rate(tables_of: Make, attempt: Make, rate_per_s: float, hot: int) -> None:
    """A burst uses the bucket up and its repetitions keep it empty: the larger one leaves hardly a first SYN through, as if banned."""
    mechanisms, rates = [], []
    for seed in range(20):
        dice = np.random.default_rng(seed)
        times = [*dice.uniform(0, 4, 16), *dice.uniform(4, 5.5, hot), *dice.uniform(5.5, 16, 44)]
        rows = bucket(attempt, sorted(times), rate_per_s, 8)
        if found := trip(tables_of, rows + served(attempt)):
            mechanisms.append(found.mechanism)
            rates.append(found.facts["threshold_per_s"])
    assert len(mechanisms) >= 16
    assert mechanisms.count("rate-limit") >= 0.9 * len(mechanisms)
    assert np.median(rates) == pytest.approx(rate_per_s, abs=0.5)


@pytest.mark.parametrize(("batch", "every_s", "loss"), [(6, 5.0, 0.1), (10, 2.0, 0.2), (3, 2.0, 0.3), (1, 10.0, 0.3), (1, 0.5, 0.3)])
def test_loss_of_periodic_attempts_is_no_limit(tables_of: Make, attempt: Make, batch: int, every_s: float, loss: float) -> None:
    """Repeated SYNs fill the pauses between batches, which makes what passes more even; that is no limiter."""
    told = 0
    for seed in range(6):
        dice = np.random.default_rng(seed)
        rows = []
        for number in range(min(600, 200 * batch)):
            at = number // batch * every_s + float(dice.uniform(0, 0.05))
            tries = int(np.argmax(np.append(dice.random(3) >= loss, True)))
            row = attempt(at, 2000 + number, "ok" if tries == 0 else "silent")
            if tries:
                sent_ns = row["syn_ns"] + (2 ** min(tries, 2) - 1) * 10**9
                row |= {"syn_count": 1 + min(tries, 2), "syn_last_ns": sent_ns, "last_ns": sent_ns + 10**6}
                if tries < 3:
                    row |= {"synack_ns": sent_ns + 10**6, "answer_ns": sent_ns + 10**6, "answer": Answer.SYN_ACK, "synack_count": 1}
                    row |= {"ack_ns": sent_ns + 2 * 10**6, "packets_in": 3, "marks": Mark.SEEN_OUT | Mark.SEEN_IN}
            rows.append(row)
        found = trip(tables_of, rows + served(attempt))
        told += found is not None and found.mechanism == "rate-limit"
    assert told == 0

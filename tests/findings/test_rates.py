"""Peaks, bounds and even limits of series made by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.findings.episodes import Series, episodes
from netdiag.findings.rates import limits, peak, plateau, rate_bounds, syn_times

SECOND = 10**9


def series(times_s: list[float], ok: list[bool]) -> Series:
    times, good = np.array([round(at * SECOND) for at in times_s], np.int64), np.array(ok, bool)
    return Series(times, good, np.where(good, 0, -times))


def banned(ban_s: float, rates: list[tuple[float, float]], limit: int, window_s: float = 1) -> Series:
    """Attempts at (rate, seconds) one after the other; more than `limit` in a window bans for `ban_s`."""
    times, ok, accepted, until, at = [], [], [], -1.0, 0.0
    for rate, length in rates:
        for _ in range(round(rate * length)):
            recent = [t for t in accepted if t > at - window_s]
            if at >= until and len(recent) >= limit:
                until = at + ban_s
                accepted.clear()
            ok.append(at >= until)
            accepted += [at] if at >= until else []
            times.append(at)
            at += 1 / rate
    return series(times, ok)


def find(made: Series) -> list[Any]:
    return episodes(made, 5, 3, 0.1)


@settings(deadline=None, max_examples=40)
@given(st.floats(3, 30), st.integers(8, 15), st.floats(0.8, 2.0))
def test_the_limit_lies_within_its_bounds(ban_s: float, limit: int, window_s: float) -> None:
    made = banned(ban_s, [(3, 6), (20, 1.5), (3, ban_s + 5)], limit, window_s)
    found = find(made)
    assert found
    _, rates = rate_bounds(made.time_ns, made, found)
    assert rates is not None
    assert rates[0] <= limit / window_s <= rates[1]


@pytest.mark.parametrize(("limit", "window_s"), [(12, 1), (15, 2)])
def test_a_limit_is_told_for_its_window(limit: int, window_s: int) -> None:
    made = banned(9, [(3, 6), (20, 1.5), (3, 15)], limit, window_s)
    fewest, most = limits(made.time_ns, made, find(made))[str(window_s)]
    assert fewest <= limit <= most <= limit + 1
    assert limits(made.time_ns, made, []) == {}


def test_a_limit_that_no_window_fits_has_no_lower_bound() -> None:
    busy = [at / 50 for at in range(200)] + [5 + at for at in range(25)] + [30 + at / 50 for at in range(300)]
    made = series(busy, [True] * 205 + [False] * 20 + [True] * 300)
    assert rate_bounds(made.time_ns, made, find(made)) == (None, [0.0, 1.0])
    assert rate_bounds(made.time_ns, made, []) == (None, None)


def test_a_retransmission_may_be_what_was_one_too_many() -> None:
    """The limit is 5 in 2 s. Six SYNs in 0.6 s trip it, the last a repetition; the next attempt comes when the rate is low again."""
    made = series(
        [*range(6), 10, 10.1, 10.2, 10.3, *(12.5 + 3 * at for at in range(6)), *range(40, 50)], [True] * 10 + [False] * 6 + [True] * 10
    )
    syns = np.sort(np.concatenate([made.time_ns, np.array([10.4, 10.6]) * SECOND]).astype(np.int64))
    _, rates = rate_bounds(syns, made, find(made))
    assert rates is not None
    assert rates[0] <= 5 / 2 <= rates[1]


def test_retransmissions_are_counted(tables_of: Callable[..., Any], attempt: Callable[..., Any]) -> None:
    first = attempt(0)["syn_ns"]
    rows = tables_of(attempt(0, syn_count=4, syn_last_ns=first + 3 * SECOND), attempt(1)).columns
    assert ((syn_times(rows) - first) / SECOND).tolist() == [0, 1, 1, 2, 3]


def test_the_peak_before_a_ban_stands_out_and_a_steady_rate_does_not() -> None:
    made = banned(10, [(5, 8), (20, 1.5), (5, 14)], 12)
    assert peak(made, find(made)[0]) < 0.01
    steady = series([at / 5 for at in range(100)], [at < 50 for at in range(100)])
    assert peak(steady, find(steady)[0]) > 0.1


def test_a_token_bucket_is_even_and_loss_is_not() -> None:
    tokens, last, ok = 5.0, 0.0, []
    times = [at / 30 for at in range(300)]
    for at in times:
        tokens, last = min(5.0, tokens + (at - last) * 10), at
        ok.append(tokens >= 1)
        tokens -= ok[-1]
    limited = plateau(series(times, ok))
    assert limited is not None
    assert limited[0] == pytest.approx(10, abs=0.5)
    assert limited[1][0] <= 10 <= limited[1][1]
    assert limited[2] < 0.2
    lossy = plateau(series(times, (np.random.default_rng(4).random(300) < 1 / 3).tolist()))
    assert lossy is not None
    assert lossy[2] > 0.4


def test_a_long_series_is_held_against_draws_of_the_same_attempts() -> None:
    """Batches first, and a steady rate after those that are drawn: loss at random is no limit in either."""
    dice = np.random.default_rng(3)
    batches = [number // 10 * 5 + at for number, at in enumerate(dice.uniform(0, 0.1, 2_000))]
    times = sorted([*batches, *(1_100 + np.arange(6_000) / 2)])
    found = plateau(series(times, (dice.random(len(times)) < 0.7).tolist()))
    assert found is not None
    assert found[3] > 0.3


def test_too_few_accepted_make_no_plateau() -> None:
    assert plateau(series([0.0, 1.0, 2.0], [True, False, True])) is None


def test_a_fixed_window_is_even_by_the_second() -> None:
    times = [at / 30 for at in range(600)]
    limited = plateau(series(times, [at % 1 < 0.33 for at in times]))
    assert limited is not None
    assert limited[2] < 0.1

"""Bans, limits and losses made by hand: the bounds hold the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.findings.episodes import Series, episodes, peak, penalty_bounds, plateau, rate_bounds

SECOND = 10**9


def series(times_s: list[float], ok: list[bool]) -> Series:
    times = np.array([round(at * SECOND) for at in times_s], np.int64)
    good = np.array(ok, bool)
    return Series(times, good, np.where(good, 0, -times))


def banned(ban_s: float, rates: list[tuple[float, float]], limit: int) -> Series:
    """Attempts at (rate, seconds) one after the other; more than `limit` in one second bans for `ban_s`."""
    times, ok, accepted, until = [], [], [], -1.0
    at = 0.0
    for rate, length in rates:
        for _ in range(round(rate * length)):
            recent = [t for t in accepted if t > at - 1]
            if at < until:
                ok.append(False)
            elif len(recent) >= limit:
                until = at + ban_s
                ok.append(False)
            else:
                accepted.append(at)
                ok.append(True)
            times.append(at)
            at += 1 / rate
    return series(times, ok)


def find(made: Series) -> list:
    return episodes(made, 5, 3, 0.1)


@settings(deadline=None, max_examples=25)
@given(st.floats(3, 30), st.integers(8, 15))
def test_penalty_and_limit_lie_within_their_bounds(ban_s: float, limit: int) -> None:
    made = banned(ban_s, [(5, 4), (20, 1.5), (5, ban_s + 5)], limit)
    found = find(made)
    assert len(found) == 1
    estimate, interval, agree = penalty_bounds(found)
    assert interval is not None
    assert estimate is not None
    assert interval[0] - 1e-3 <= ban_s <= interval[1] + 1e-3  # type: ignore[operator]
    assert estimate == pytest.approx(ban_s, abs=0.2)
    assert not agree
    _, rates = rate_bounds(made, found)
    assert rates is not None
    assert rates[0] <= limit <= rates[1]


def test_the_peak_before_a_ban_stands_out_and_a_steady_rate_does_not() -> None:
    made = banned(10, [(5, 8), (20, 1.5), (5, 14)], 12)
    assert peak(made, find(made)[0]) < 0.01
    steady = series([at / 5 for at in range(100)], [at < 50 for at in range(100)])
    assert peak(steady, find(steady)[0]) > 0.1


def test_two_equal_bans_agree() -> None:
    made = banned(10, [(5, 4), (20, 1.5), (5, 14), (20, 1.5), (5, 14)], 12)
    assert len(find(made)) == 2
    assert penalty_bounds(find(made))[2]


def test_an_unfinished_ban_has_no_upper_bound() -> None:
    made = banned(100, [(5, 4), (20, 1.5), (5, 5)], 12)
    estimate, interval, _ = penalty_bounds(find(made))
    assert estimate is None
    assert interval is not None
    assert interval[1] is None


def test_a_late_answer_ends_the_ban() -> None:
    """An attempt that retried through the ban tells its end better than the next attempt."""
    made = banned(10, [(5, 4), (20, 1.5), (5, 14)], 12)
    found = find(made)
    late = made.proved_ns.copy()
    end_ns = made.time_ns[found[0].start] + 10 * SECOND
    late[found[0].start + 2] = end_ns + SECOND // 1000
    assert find(Series(made.time_ns, made.ok, late))[0].recovered_ns == min(end_ns + SECOND // 1000, found[0].recovered_ns or 0)


@pytest.mark.parametrize("share", [0.02, 0.05])
def test_loss_at_random_is_no_episode(share: float) -> None:
    random = np.random.default_rng(3)
    for _ in range(30):
        ok = random.random(1000) > share
        assert find(series([at / 10 for at in range(1000)], ok.tolist())) == []


def test_what_never_worked_is_no_episode() -> None:
    assert find(series([float(at) for at in range(50)], [False] * 50)) == []


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
    assert lossy[2] > 0.5


def test_too_few_accepted_make_no_plateau() -> None:
    assert plateau(series([0.0, 1.0, 2.0], [True, False, True])) is None


def test_a_fixed_window_is_even_by_the_second() -> None:
    times = [at / 30 for at in range(600)]
    limited = plateau(series(times, [at % 1 < 0.33 for at in times]))
    assert limited is not None
    assert limited[2] < 0.1

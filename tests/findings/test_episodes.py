"""Bans, limits and losses made by hand: the bounds hold the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.findings.episodes import Series, episodes, penalty_bounds, penalty_kind

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


def test_a_ban_of_fixed_length_and_one_that_slides_are_told_apart() -> None:
    fixed = banned(10, [(5, 4), (20, 1.5), (5, 14), (20, 1.5), (5, 14)], 12)
    assert penalty_kind(find(fixed)) == "fixed"
    times = [at / 5 for at in range(20)] + [4 + at / 5 for at in range(10)] + [11.5 + at / 5 for at in range(20)]
    times += [15.5 + at / 5 for at in range(100)] + [40.5 + at / 5 for at in range(20)]
    ok = [True] * 20 + [False] * 10 + [True] * 20 + [False] * 100 + [True] * 20  # 5 s of silence each ended it, however long it was
    slid = find(series(times, ok))
    assert penalty_kind(slid) == "sliding"
    estimate, interval, agree = penalty_bounds(slid)
    assert estimate is not None
    assert interval is not None
    assert interval == [pytest.approx(0.2), pytest.approx(5.2, abs=0.6)]
    assert not agree
    assert penalty_kind([]) is None


def test_one_ban_that_ended_in_silence_may_be_of_either_kind() -> None:
    """Blocked for 6 s, then quiet for 6 s: 12 s from the first blocked SYN on, or 2 s without any."""
    times = [at / 5 for at in range(20)] + [4 + at / 5 for at in range(30)] + [16 + at / 5 for at in range(20)]
    found = find(series(times, [True] * 20 + [False] * 30 + [True] * 20))
    assert penalty_kind(found) is None
    estimate, interval, _ = penalty_bounds(found)
    assert estimate is None
    assert interval == [pytest.approx(0.2), pytest.approx(12.2)]


def test_a_repeated_syn_is_known_by_its_first_and_last() -> None:
    """SYNs at 0, 1, 3 and 7 s: only the first and last are told, and 4 s the widest gap; half of 7 s is sure."""
    times = [at / 5 for at in range(20)] + [4.0 + at / 100 for at in range(5)] + [20.0 + at for at in range(5)]
    made = series(times, [True] * 20 + [False] * 5 + [True] * 5)
    repeated = made.proved_ns.copy()
    repeated[20:25] -= 7 * SECOND
    assert find(Series(made.time_ns, made.ok, repeated))[0].widest_ns == pytest.approx(7 * SECOND, abs=SECOND // 10)
    alone = series(times[:21] + times[25:], [True] * 20 + [False] + [True] * 5)
    repeated = alone.proved_ns.copy()
    repeated[20] -= 7 * SECOND
    assert episodes(Series(alone.time_ns, alone.ok, repeated), 1, 3, 0.1, 0.0)[0].widest_ns == 3.5 * SECOND

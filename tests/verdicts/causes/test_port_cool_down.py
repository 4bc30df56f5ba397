"""A step in the gap is a cool-down; failures at any gap are not."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.port_cool_down import weigh

Make = Callable[..., Any]


def rows(attempt: Make, gaps_s: list[float], fails: Callable[[float], bool]) -> list[dict[str, Any]]:
    first = [attempt(at, 20000 + at) for at in range(len(gaps_s))]
    again = [
        attempt(200 + at, 20000 + at, "silent" if fails(gap_s) else "ok", prev_id=at, prev_gap_ns=round(gap_s * 1e9))
        for at, gap_s in enumerate(gaps_s)
    ]
    return first + again


def test_a_step_at_thirty_seconds(case_of: Make, attempt: Make) -> None:
    found = weigh(case_of(*rows(attempt, [3.0 * at for at in range(1, 21)], lambda gap_s: gap_s < 30)))
    assert (found.explained, found.possible) == (9, 9)
    assert "27 s, the shortest accepted 30 s" in found.reason


def test_blocked_port_by_port_while_others_pass(case_of: Make, attempt: Make) -> None:
    """A device that counts the uses of a port: no step in the gap, but a port that failed fails on for a time."""
    turn = [(at, at % 20, (at // 20 + at % 20) % 10 >= 5 and at >= 20) for at in range(400)]
    rows = [attempt(at, 20000 + port, "silent" if bad else "ok", prev_id=at - 20, prev_gap_ns=19 * 10**9) for at, port, bad in turn]
    rows = [row | {"prev_id": -1} if at < 20 else row for at, row in enumerate(rows)]
    found = weigh(case_of(*rows))
    assert found.explained == sum(bad for *_, bad in turn)
    assert found.sure < 1


def test_a_ban_of_the_whole_source_is_no_cool_down(case_of: Make, attempt: Make) -> None:
    gap = {"prev_gap_ns": 19 * 10**9}
    rows = [attempt(at, 20000 + at % 20, "silent" if 100 <= at < 200 else "ok", prev_id=at - 20, **gap) for at in range(400)]
    assert weigh(case_of(*rows)).explained == 0


def test_no_step_no_cool_down(case_of: Make, attempt: Make) -> None:
    assert weigh(case_of(*rows(attempt, [3.0 * at for at in range(1, 21)], lambda gap_s: gap_s % 2 == 0))).explained == 0

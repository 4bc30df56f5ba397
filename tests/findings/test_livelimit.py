"""A limit tells accepted from refused, or it is none."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netdiag.findings.livelimit import live_limit

Make = Callable[..., Any]


def limit(tables_of: Make, rows: list[dict[str, Any]], refused: list[bool]) -> int | None:
    return live_limit(tables_of(*rows).columns, ~np.array(refused), np.array(refused), 0.05)


def test_five_may_live(tables_of: Make, attempt: Make) -> None:
    refused = [at >= 5 for at in range(20)]
    assert limit(tables_of, [attempt(at, 1024 + at, "reset" if bad else "open") for at, bad in enumerate(refused)], refused) == 5


def test_a_limiter_that_takes_the_first_fin_for_the_end(tables_of: Make, attempt: Make) -> None:
    """Each connection lives 4 s and lingers 4 s half closed: five are open at a time, more would be too many."""
    rows, ends = [], []
    for at in range(60):
        ends = [end for end in ends if end > at * 0.5]
        refused = len(ends) >= 5
        row = attempt(at * 0.5, 2000 + at, "reset" if refused else "open")
        if not refused:
            ends.append(at * 0.5 + 4)
            row |= {"fin_out_ns": row["syn_ns"] + 399 * 10**7, "fin_in_ns": row["syn_ns"] + 8 * 10**9}
        rows.append((row, refused))
    assert limit(tables_of, [row for row, _ in rows], [refused for _, refused in rows]) == 5


def test_refusals_while_few_live_are_no_limit(tables_of: Make, attempt: Make) -> None:
    refused = [at % 2 == 1 for at in range(20)]
    assert limit(tables_of, [attempt(at, 1024 + at, "reset" if bad else "ok") for at, bad in enumerate(refused)], refused) is None

"""It explains what retransmissions make likely."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.ordinary_loss import weigh

Make = Callable[..., Any]


def test_a_lossy_path(case_of: Make, attempts: Make) -> None:
    lossy = {"bytes_out": 1000, "packets_out": 50, "packets_in": 50, "retrans_out": 10}
    rows = [
        row | (lossy if row["ack_ns"] else {})
        for row in (row | {"ack_ns": row.get("ack_ns", 0)} for row in attempts(["ok"] * 20 + ["silent"] * 6))
    ]
    found = weigh(case_of(*rows))
    assert round(found.explained, 3) == 5.2
    assert found.possible > 0


def test_a_clean_path(case_of: Make, attempts: Make) -> None:
    found = weigh(case_of(*attempts(["ok"] * 20 + ["silent"] * 10)))
    assert found.explained < 0.1
    assert found.possible == 0


def test_resets_are_no_loss(case_of: Make, attempts: Make) -> None:
    assert weigh(case_of(*attempts(["ok"] * 20 + ["reset"] * 10))).explained == 0


def test_a_stall_that_a_retransmission_ended(case_of: Make, stalled: Make) -> None:
    ended = {"phase": 0, "quit_ns": 0, "tls_done_ns": 1, "wait_2_ns": 3 * 10**9, "wait_phase": 2}
    found = weigh(case_of(stalled(0, 2, **ended), stalled(1, 2, **ended)))
    assert found.explained == 2

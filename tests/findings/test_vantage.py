"""Where a capture was made shows in TTLs and delays; who is at fault, in acknowledgements and the place."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections.columns import Coded
from netdiag.connections.connection import Phase
from netdiag.findings.phases import PHASE_NAMES
from netdiag.findings.vantage import BACK, CLIENT, READ, SERVER, TOWARDS, UNKNOWN, blame, standing, vantage

Make = Callable[..., Any]


def rows(tables_of: Make, attempt: Make, count: int = 3, **more: Any) -> Any:
    return tables_of(*(attempt(at, 2000 + at, **more) for at in range(count))).columns.taken(slice(None), READ)


@pytest.mark.parametrize(
    ("out", "back", "place"),
    [(64, 61, "client"), (128, 57, "client"), (61, 64, "server"), (120, 255, "server"), (63, 62, "between"), (64, 64, "unknown"),
     (0, 64, "unknown")],
)  # fmt: skip
def test_ttls_tell_the_place(tables_of: Make, attempt: Make, out: int, back: int, place: str) -> None:
    assert vantage(rows(tables_of, attempt, ttl_out=out, ttl_in=back)) == place


@pytest.mark.parametrize(
    ("syn_us", "ack_us", "place"), [(20, 9000, "server"), (9000, 20, "client"), (20, 30, "unknown"), (500, 9000, "unknown")]
)
def test_on_one_segment_the_delay_does(tables_of: Make, attempt: Make, syn_us: int, ack_us: int, place: str) -> None:
    made = rows(tables_of, attempt, ttl_out=64, ttl_in=64)
    answered = made["syn_ns"] + syn_us * 1000
    made = made.joined({"synack_ns": answered, "ack_ns": answered + ack_us * 1000})
    assert vantage(made) == place


def test_every_phase_has_somebody(tables_of: Make, attempt: Make) -> None:
    made = rows(tables_of, attempt, count=len(PHASE_NAMES) - 1)
    for place in ("client", "server", "between", "unknown"):
        assert set(blame(made, PHASE_NAMES[1:], place)) <= {CLIENT, SERVER, TOWARDS, BACK, UNKNOWN}


@pytest.mark.parametrize(
    ("phase", "place", "told"),
    [
        (Phase.CLIENT_HELLO_LOST, "server", SERVER),
        (Phase.CLIENT_HELLO_LOST, "client", UNKNOWN),
        (Phase.NO_SERVER_HELLO, "client", SERVER),
        (Phase.SERVER_FLIGHT_LOST, "server", BACK),
        (Phase.SERVER_FLIGHT_LOST, "unknown", UNKNOWN),
        (Phase.NO_CLIENT_FINISH, "server", CLIENT),
        (Phase.NO_CLIENT_HELLO, "between", UNKNOWN),
    ],
)
def test_who_is_at_fault(tables_of: Make, attempt: Make, phase: Phase, place: str, told: str) -> None:
    assert blame(rows(tables_of, attempt, count=1), [PHASE_NAMES[phase]], place) == [told]


def test_a_hello_that_was_acknowledged_in_part_is_lost_on_the_way(tables_of: Make, attempt: Make) -> None:
    made = rows(tables_of, attempt, count=1)
    made = made.joined({"hello_done_ns": made["syn_ns"] + 10**7, "phase_ns": made["syn_ns"] + 2 * 10**7})
    assert blame(made, ["client-hello-lost"], "between") == [TOWARDS]


def test_what_is_told_of_a_source(tables_of: Make, attempt: Make) -> None:
    every = tables_of(*(attempt(at, 2000 + at, ttl_out=61, ttl_in=64) for at in range(4))).columns
    same = np.zeros(4, np.int8)
    stalled = {name: Coded(same, np.array([text], object)) for name, text in (("phase", "no-server-hello"), ("outcome", "client-gave-up"))}
    every = every.joined({f"stall_{name}": column for name, column in stalled.items()} | {"quit_ns": every["ack_ns"] + 10 * 10**9})
    assert standing(every, every) == {"vantage": "server", "blame": {"server": 4}, "deadline_s": 10.0}


def test_delays_count_where_both_ttls_are_known(tables_of: Make, attempt: Make) -> None:
    made = rows(tables_of, attempt, count=5, ttl_out=64, ttl_in=64)
    one_sided = np.arange(5) >= 2
    answered = made["syn_ns"] + np.where(one_sided, 9_000_000, 20_000)
    completed = answered + np.where(one_sided, 20_000, 9_000_000)
    made = made.joined({"ttl_out": np.where(one_sided, 0, 64), "synack_ns": answered, "ack_ns": completed})
    assert vantage(made) == "server"

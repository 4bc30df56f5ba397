"""What is told of one source; flood-control-trip's own tests go through every mechanism."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netdiag.detectors.flood_control_trip import Thresholds
from netdiag.findings.crowd import Crowd
from netdiag.findings.groups import group_codes
from netdiag.findings.outcome import Outcome, outcomes
from netdiag.findings.trips import Trip, judge_attempts

Make = Callable[..., Any]


def trip(tables_of: Make, rows: list[dict[str, Any]]) -> Trip | None:
    tables = tables_of(*rows)
    every = tables.connections.sort_values("syn_ns", ignore_index=True)
    fared = outcomes(every, tables.last_ns)
    every = every.assign(fared=fared, accepted=fared == Outcome.OK, blocked=fared == Outcome.SILENT)
    services = group_codes(every, ("dst", "dport"))
    crowd = Crowd(services, every["syn_ns"].to_numpy(), every["accepted"].to_numpy(), every["blocked"].to_numpy())
    return judge_attempts(every[every["src"] == "192.0.2.7"], every, np.unique(services), crowd, Thresholds())


def ban(attempt: Make, **more: Any) -> list[dict[str, Any]]:
    return [attempt(at / 5, 2000 + at, "silent" if 50 <= at < 100 else "ok", **more) for at in range(200)]


def test_a_ban_of_a_prefix_that_others_outside_do_not_share(tables_of: Make, attempt: Make) -> None:
    outside = [attempt(at / 5 + 0.1, 2000 + at, src="203.0.113.9") for at in range(200)]
    found = trip(tables_of, ban(attempt) + ban(attempt, src="192.0.2.8") + ban(attempt, src="192.0.2.9") + outside)
    assert found is not None
    assert (found.mechanism, found.trips, found.confidence) == ("silent-drop", 1, 0.9)
    assert (found.facts["keyed_by"], found.facts["certainty"], found.facts["penalty_kind"]) == ("prefix", "probable", "fixed")


def test_everybodys_trouble_is_nobodys_trip(tables_of: Make, attempt: Make) -> None:
    assert trip(tables_of, ban(attempt) + ban(attempt, src="203.0.113.9")) is None


def test_nothing_accepted_is_no_trip(tables_of: Make, attempt: Make) -> None:
    assert trip(tables_of, [attempt(at / 5, 2000 + at, "silent") for at in range(50)]) is None

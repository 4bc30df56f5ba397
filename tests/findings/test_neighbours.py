"""What a control counts by shows in the neighbours and in the source's other services."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections import blocks
from netdiag.findings.attempts import Attempts
from netdiag.findings.neighbours import READ, Neighbours
from netdiag.findings.outcome import Outcome

Make = Callable[..., Any]


def neighbours(tables_of: Make, rows: list[dict[str, Any]]) -> Neighbours:
    attempts = Attempts(tables_of(*rows), (Outcome.SILENT,))
    every = attempts.rows(np.arange(len(attempts.row)), READ)
    own = every.taken(every.says("src", "192.0.2.7") & (every["dport"] == 443))
    return Neighbours(attempts, own, int(own["syn_ns"].min()), int(own["syn_ns"].max()))


@pytest.fixture(scope="session")
def many(attempt: Make) -> Make:
    return lambda how, **more: [attempt(at / 10, 2000 + at, how, **more) for at in range(10)]


def test_a_prefix(tables_of: Make, many: Make) -> None:
    near = neighbours(
        tables_of, many("silent") + many("silent", src="192.0.2.12") + many("ok", src="192.0.2.200") + many("ok", src="203.0.113.9")
    )
    assert near.keyed_by() == "prefix"
    assert near.beyond(10, 10) == (10, 0)
    assert near.mates().tally("src") == {"192.0.2.7": 10, "192.0.2.12": 10}


def test_a_prefix_that_was_let_off_in_between(tables_of: Make, attempt: Make) -> None:
    """Two penalties of the prefix, and all of it is served between them."""
    rows = [
        attempt(at / 10 + late, 2000 + at, "silent" if at < 10 or at >= 30 else "ok", src=src)
        for src, late in (("192.0.2.7", 0), ("192.0.2.12", 0.05))
        for at in range(40)
    ]
    assert neighbours(tables_of, rows).keyed_by() == "prefix"


def test_a_source_and_its_services(tables_of: Make, many: Make) -> None:
    assert neighbours(tables_of, many("silent") + many("silent", dport=80)).keyed_by() == "source"
    assert neighbours(tables_of, many("silent") + many("ok", dport=80)).keyed_by() == "source-and-service"


def test_nothing_tells(tables_of: Make, many: Make) -> None:
    assert neighbours(tables_of, many("silent")).keyed_by() is None
    assert neighbours(tables_of, many("silent") + many("ok", src="192.0.2.8")).keyed_by() is None
    assert neighbours(tables_of, many("silent", src="192.0.2.7") + many("silent", src="2001:db8::7")).keyed_by() is None


def test_only_those_near_are_looked_at(tables_of: Make, many: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a fault that everybody has would take the square of how many they are."""
    looked_at = []

    def in_blocks(table: Any, names: Any, at: Any) -> Any:
        looked_at.append(len(at))
        return blocks.in_blocks(table, names, at)

    monkeypatch.setattr("netdiag.findings.neighbours.in_blocks", in_blocks)
    far = [row for octet in range(20) for row in many("silent", src=f"198.51.{octet}.1")]
    near = neighbours(tables_of, many("silent") + many("silent", src="192.0.2.12") + far)
    assert near.keyed_by() == "prefix"
    assert near.beyond(10, 10 + 200) == (10, 200)
    assert set(looked_at) == {20}

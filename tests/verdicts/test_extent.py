"""Who is in trouble: each answer, and none where the counts do not tell."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.verdicts.extent import extent
from netdiag.verdicts.verdict import Cause, Verdict

Make = Callable[..., Any]


def verdict(source: str) -> Verdict:
    cause = Cause(slug="x", title="X", weight=1.0, p_value=None, reason="")
    return Verdict(source=source, summary="", causes=(cause,), confidence=1.0)


@pytest.fixture
def told(tables_of: Make, attempt: Make) -> Make:
    """The extent of sources 192.0.2.1.. of which some are in trouble, with labels and ports per source."""

    def make(total: int, troubled: set[int], label: Make = lambda at: "", port: Make = lambda at: 443, **quality: int) -> Any:
        names = [f"192.0.2.{at}" for at in range(total)]
        rows = tables_of(*(attempt(at, 2000 + at, src=name, dport=port(at)) for at, name in enumerate(names))).columns
        sources = {
            "source": np.array(names, object),
            "label": np.array([label(at) for at in range(total)], object),
            "connections": np.ones(total, int),
        }
        return extent(sources, rows, [verdict(names[at]) for at in sorted(troubled)], quality)

    return make


def test_nobody_one_and_everyone(told: Make) -> None:
    assert told(5, set()).kind == "none"
    one = told(5, {2})
    assert (one.kind, one.name) == ("one-source", "192.0.2.2")
    assert "the others are well" in one.summary
    assert "nobody else" in told(1, {0}).summary
    assert told(5, {0, 1, 2, 3}).kind == "everyone"


@pytest.mark.parametrize(
    ("quality", "what"),
    [({"capture_holes": 1}, "(1 hole)"), ({"capture_drops": 900}, "(900 packets dropped)"), ({"unseen_data": 4}, "(4 connections with")],
)
def test_everyone_where_the_capture_misses_packets(told: Make, quality: dict[str, int], what: str) -> None:
    found = told(5, {0, 1, 2, 3}, **quality)
    assert found.kind == "capture-gap"
    assert what in found.summary
    assert told(5, {2}, **quality).kind == "one-source"
    assert told(100, set(range(90)), unseen_data=4).kind == "everyone"


def test_a_population(told: Make) -> None:
    found = told(20, {0, 1, 2, 3, 4}, lambda at: "ci" if at < 6 else "office")
    assert (found.kind, found.name, found.troubled, found.sources) == ("population", "ci", 5, 20)
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert "5 of 6 and 0 of 14 others" in found.summary


def test_a_destination(told: Make) -> None:
    found = told(20, {0, 1, 2, 3, 4}, port=lambda at: 8443 if at < 5 else 443)
    assert (found.kind, found.name) == ("destination", "198.51.100.1:8443")


def test_several_that_share_nothing(told: Make) -> None:
    assert told(20, {0, 7, 12}, lambda at: "ci" if at % 2 else "office").kind == "several"

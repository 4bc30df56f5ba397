"""The score of a weighing, and the laws every cause obeys."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from netdiag.verdicts.cause import Weighing
from netdiag.verdicts.decide import known

Make = Callable[..., Any]
HERE = Path(__file__).parent


def test_chance_and_doubt_lower_the_score() -> None:
    whole = Weighing(explained=10, possible=10, reason="")
    assert whole.score == 10
    assert Weighing(explained=10, possible=10, reason="", p_value=0.5).score == 5
    assert Weighing(explained=10, possible=10, reason="", p_value=0.5, sure=0.5).score == 2.5


every = pytest.mark.parametrize("cause", known(), ids=lambda cause: cause.SLUG)


@every
def test_law_names_match_the_file_and_a_test_exists(cause: ModuleType) -> None:
    name = cause.__name__.rpartition(".")[2]
    assert name.replace("_", "-") == cause.SLUG
    assert cause.TITLE
    assert (HERE / "causes" / f"test_{name}.py").exists()


@every
@pytest.mark.parametrize(
    "fared", [["silent"] * 6, ["ok"] * 6 + ["silent"] * 6, ["ok"] * 3 + ["reset"] * 6, ["prohibited"] * 4, ["wrong-ack"] * 5]
)
def test_law_a_cause_explains_no_more_than_went_wrong(case_of: Make, attempts: Make, cause: ModuleType, fared: list[str]) -> None:
    case = case_of(*attempts(fared))
    weighing = cause.weigh(case)
    assert 0 <= weighing.explained <= case.bad.sum()
    assert 0 <= weighing.possible <= case.bad.sum()
    assert 0 <= weighing.sure <= 1
    assert weighing.p_value is None or 0 <= weighing.p_value <= 1
    assert weighing.reason.endswith(".")
    assert "nan" not in weighing.reason

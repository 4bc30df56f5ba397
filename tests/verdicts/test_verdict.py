"""The contract: a verdict's values cannot change, and a healthy one has no causes."""

from dataclasses import FrozenInstanceError

import pytest

from netdiag.verdicts.verdict import Cause, Verdict


def test_values_do_not_change() -> None:
    cause = Cause(slug="path-loss", title="x", weight=1.0, p_value=None, reason="x")
    verdict = Verdict(source="192.0.2.7", summary="x", causes=(cause,), confidence=0.5)
    assert verdict.causes[0].counts == {}
    with pytest.raises(FrozenInstanceError):
        verdict.confidence = 1.0  # type: ignore[misc]

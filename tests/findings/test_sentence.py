"""Every kind of penalty has its words."""

import pytest

from netdiag.findings.sentence import allowed, lasting


@pytest.mark.parametrize(
    ("kind", "estimate", "interval", "key", "words"),
    [
        ("cool-down", 2.5, [2.0, 3.0], "port", ", each port for 2 to 3 s after its last use"),
        ("fixed", None, [2.0, None], "port", ", each port for 2 s or more from the first blocked attempt on"),
        ("fixed", 5.0, [4.9, 5.1], "source", ", blocked for 4.9 to 5.1 s from the first blocked attempt on"),
        (None, 5.0, [4.9, 5.1], None, ", blocked for 4.9 to 5.1 s from the first blocked attempt on"),
        (None, None, [4.9, None], None, ", blocked for 4.9 s or more from the first blocked attempt on"),
        ("sliding", 3.0, [2.0, 4.0], None, ", blocked until it was quiet for 2 to 4 s"),
        (None, None, [1.0, 9.0], None, ", blocked for 9 s from the first blocked attempt on, or until it was quiet for 1 s, or in between"),
    ],
)
def test_lasting(kind: str | None, estimate: float | None, interval: list[float | None], key: str | None, words: str) -> None:
    assert lasting({"penalty_kind": kind, "penalty_s": estimate, "penalty_interval_s": interval, "keyed_by": key}) == words


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert lasting({}) == lasting({"penalty_interval_s": None}) == allowed({}) == allowed({"threshold_interval_per_s": None}) == ""


def test_allowed() -> None:
    assert allowed({"threshold_interval_per_s": [0.767, 17.0]}) == "; the limit fits 0.767 to 17 SYNs per s"
    limits = {"1": [16, 16], "2": [18, 21], "5": [20, 40]}
    assert allowed({"threshold_interval_per_s": [0.767, 17.0], "limit_by_window_s": limits}) == (
        "; the limit fits 0.767 to 17 SYNs per s, 16 SYNs in 1 s or 18 to 21 SYNs in 2 s for example"
    )

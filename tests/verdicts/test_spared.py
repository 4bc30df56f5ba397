"""A full queue spares nobody, a ban its neighbours: told apart by chance alone."""

import numpy as np
import pytest

from netdiag.verdicts.spared import amid_failures, spared

SECOND = 10**9


def test_amid_is_between_failures_of_the_same_service() -> None:
    time_ns = np.array([0.0, 0.1, 0.5, 0.9, 2.5, 2.6]) * SECOND
    service = np.array([0, 1, 0, 0, 0, 0])
    failed = np.array([True, True, False, True, True, True])
    assert amid_failures(service, time_ns.astype(np.int64), failed).tolist() == [False, False, True, False, False, False]


def test_amid_does_not_ask_how_the_attempt_itself_fared() -> None:
    rng = np.random.default_rng(5)
    time_ns, service = np.sort(rng.integers(0, 20 * SECOND, 400)), rng.integers(0, 2, 400)
    failed = rng.random(400) < 0.3
    amid = amid_failures(service, time_ns, failed)
    for at in range(0, 400, 7):
        other = failed.copy()
        other[at] = ~other[at]
        assert amid_failures(service, time_ns, other)[at] == amid[at]


def test_nothing_is_amid_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert amid_failures(none, none, none.astype(bool)).size == spared(none, none, *[none.astype(bool)] * 2).size == 0


@pytest.mark.parametrize("sources", [2, 12, 60])
@pytest.mark.parametrize("share", [0.02, 0.2, 0.6])
def test_what_all_share_spares_nobody(sources: int, share: float) -> None:
    rng, wrong = np.random.default_rng(7), 0
    for _ in range(300):
        source, failed = rng.integers(0, sources, 120), rng.random(120) < share
        wrong += int(spared(np.zeros(120, np.int64), source, failed, np.ones(120, bool))[0] > 0)
    assert wrong <= 3  # P_VALUE


def test_a_ban_spares_the_others() -> None:
    source = np.arange(80) % 8
    amid = np.ones(160, bool)
    assert spared(np.zeros(80, np.int64), source, source < 5, amid[:80]).tolist() == [30]
    both = np.concatenate([source, source])
    assert spared(np.repeat([0, 2], 80), both, np.concatenate([source < 5, source < 9]), amid).tolist() == [30, 0, 0]


def test_failures_of_other_services_on_both_sides_are_no_company() -> None:
    time_ns = np.array([0.0, 0.1, 0.2]) * SECOND
    assert not amid_failures(np.array([0, 1, 2]), time_ns.astype(np.int64), np.array([True, False, True])).any()

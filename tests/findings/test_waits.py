"""Who gave up when, and what is normal for a service."""

import numpy as np

from netdiag.connections.connection import PHASES
from netdiag.findings.waits import exceeding, given_up, norms


def column(**values: list[int]) -> dict[str, np.ndarray]:
    names = ("alert_level", "alert_ns", "alert_by", "quit_ns", "quit_by")
    return {name: np.array(values.get(name, [0])) for name in names}


def test_a_fatal_alert_before_the_end_is_the_end() -> None:
    told = column(alert_level=[2], alert_ns=[5], alert_by=[2], quit_ns=[9], quit_by=[1])
    assert [int(one[0]) for one in given_up(told, np.array([False]))] == [5, 2]
    assert [int(one[0]) for one in given_up(told, np.array([True]))] == [9, 1]


def test_a_warning_is_not_the_end() -> None:
    assert [int(one[0]) for one in given_up(column(alert_level=[1], alert_ns=[5], alert_by=[2]), np.array([False]))] == [0, 0]


def test_a_norm_needs_samples_and_does_not_follow_frequent_stalls() -> None:
    waits = [np.array([10_000] * 5 + [10] * 95)] * (PHASES - 1)
    service, done = np.zeros(100, np.int64), np.ones(100, bool)
    assert norms(waits, done, service, np.array([0]), 100, 10.0)[0].tolist() == [100.0] * (PHASES - 1)
    assert norms(waits, done, service, np.array([0]), 101, 10.0)[0].tolist() == [0.0] * (PHASES - 1)


def test_the_longest_wait_beyond_its_limit_counts() -> None:
    waits = [np.array([5, 50, 0]), np.array([9, 40, 0]), *[np.zeros(3, np.int64)] * (PHASES - 3)]
    limits = np.full((2, PHASES - 1), 45.0)
    limits[1, 1] = 8
    assert [one.tolist() for one in exceeding(waits, np.array([1, 0]), limits)] == [[50, 9], [1, 2]]

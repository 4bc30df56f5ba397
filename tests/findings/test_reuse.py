"""Ports used again: counted by hand, and by drawing at random."""

import numpy as np

from netdiag.findings.reuse import expected, since_use, thirds, within

NEVER = np.iinfo(np.int64).max


def test_attempts_in_the_time_before() -> None:
    assert within(np.array([0, 10, 20, 20, 35]), 15).tolist() == [0, 1, 1, 2, 2]


def test_time_since_a_port_was_used() -> None:
    sport, syn_ns = np.array([5, 6, 5, 5, 7, 6], np.uint16), np.array([0, 1, 4, 9, 11, 15])
    assert since_use(sport, syn_ns).tolist() == [NEVER, NEVER, 4, 5, NEVER, 14]


def test_third_uses_within_the_window() -> None:
    sport, syn_ns = np.array([5, 5, 5, 6, 6, 5]), np.array([0, 4, 9, 10, 11, 30])
    assert [thirds(sport, syn_ns, window) for window in (8, 9, 26)] == [0, 1, 2]


def test_what_chance_would_give() -> None:
    """Twenty series of 2,000 attempts from 5,000 random ports: the sums lie where they are expected, within 5 %."""
    random, ports, window = np.random.default_rng(3), 5000, 400
    syn_ns = np.arange(2000)
    quick = third = 0
    for _ in range(20):
        sport = random.integers(0, ports, len(syn_ns))
        quick += int((since_use(sport, syn_ns) < window).sum())
        third += thirds(sport, syn_ns, window)
    quick_expected, third_expected = (20 * one for one in expected(syn_ns, window, ports))
    assert abs(quick - quick_expected) < 0.05 * quick_expected
    assert abs(third - third_expected) < 0.2 * third_expected

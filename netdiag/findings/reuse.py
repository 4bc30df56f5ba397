"""Counts how soon source ports are used again, and how often independent random ones would be."""

import numpy as np
from numpy.typing import NDArray


def within(syn_ns: NDArray[np.int64], span_ns: int) -> NDArray[np.int64]:
    """Attempts in the time before each (in time order)."""
    before: NDArray[np.int64] = np.arange(len(syn_ns)) - np.searchsorted(syn_ns, syn_ns - span_ns)
    return before


def expected(syn_ns: NDArray[np.int64], window_ns: int, ports: int) -> tuple[float, float]:
    """Uses of a port within `window_ns` of the one before, and third uses, that random ports would give."""
    recent = within(syn_ns, window_ns)
    return float(-np.expm1(-recent / ports).sum()), float(((recent / ports) ** 2).sum() / 2)


def since_use(sport: NDArray[np.int64], syn_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Time from the attempt before from the same port to each attempt (in time order); the largest int64 without one."""
    order = np.argsort(sport, kind="stable")
    again = np.diff(sport[order].astype(np.int64)) == 0
    since = np.full(len(sport), np.iinfo(np.int64).max)
    since[order[1:][again]] = np.diff(syn_ns[order])[again]
    return since


def thirds(sport: NDArray[np.int64], syn_ns: NDArray[np.int64], window_ns: int) -> int:
    """Attempts (in time order) whose port was used twice before within the window."""
    order = np.argsort(sport, kind="stable")
    ports, times = sport[order], syn_ns[order]
    return int(((ports[2:] == ports[:-2]) & (times[2:] - times[:-2] <= window_ns)).sum())

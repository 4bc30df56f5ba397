"""Counts how a service's attempts fared within a time, whoever made them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.groups import positions


class Crowd:
    """Running totals per service, so that every source can be compared with the others at the cost of a search.

    Parameters
    ----------
    service : int64 array
        Number of each attempt's service, 0, 1, ...; attempts in time order.
    time_ns : int64 array
    flags : bool arrays
        What to count, e.g. accepted and blocked.
    """

    def __init__(self, service: NDArray[np.int64], time_ns: NDArray[np.int64], *flags: NDArray[np.bool_]) -> None:
        self._services = [(time_ns[at], *(np.append(0, np.cumsum(flag[at])) for flag in flags)) for at in positions(service)]
        self._kinds = len(flags)

    def between(self, services: Iterable[int], start_ns: int, end_ns: int) -> list[int]:
        """One count per flag of the attempts at these services from `start_ns` to `end_ns`, both included."""
        totals = [0] * self._kinds
        for service in services:
            times, *sums = self._services[service]
            first, last = np.searchsorted(times, start_ns), np.searchsorted(times, end_ns, side="right")
            totals = [total + int(one[last] - one[first]) for total, one in zip(totals, sums, strict=True)]
        return totals

"""Counts how a service's attempts fared meanwhile, whoever made them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Crowd:
    """Where a service's attempts stand in the order of time, so that every source can be compared with the others at the cost of a search.

    Parameters
    ----------
    service : int array
        Number of each attempt's service, 0, 1, ...; attempts in time order.
    flags : bool arrays
        What to count, e.g. accepted and blocked.
    """

    def __init__(self, service: NDArray[Any], *flags: NDArray[np.bool_]) -> None:
        many = int(service.max(initial=-1)) + 1
        self._flagged = [(_by_service(service, flag), _starts(service[flag], many)) for flag in flags]

    def between(self, services: Iterable[int], first: int, after: int) -> list[int]:
        """One count per flag of the attempts at these services from place `first` on and before place `after`."""
        span, totals = np.array([first, after], np.int32), [0] * len(self._flagged)
        for service in services:
            for kind, (places, starts) in enumerate(self._flagged):
                begin, end = np.searchsorted(places[starts[service] : starts[service + 1]], span)
                totals[kind] += int(end - begin)
        return totals


def _by_service(service: NDArray[Any], flag: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Places of the attempts that are flagged, one service after the other, each in time order."""
    keys = service[flag].astype(np.int64)
    keys *= len(service)
    keys += np.flatnonzero(flag)
    keys.sort()
    keys %= max(len(service), 1)
    return keys.astype(np.int32)


def _starts(service: NDArray[Any], many: int) -> NDArray[np.int64]:
    """Where each service begins, and where the last one ends."""
    return np.append(0, np.cumsum(np.bincount(service, minlength=many)))

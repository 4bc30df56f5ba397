"""Counts how a service's attempts fared meanwhile, whoever made them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import taken, where
from netdiag.findings.groups import ordered


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
        self._flagged = [_by_service(service, where(flag), many) for flag in flags]

    def between(self, services: Iterable[int], first: int, after: int) -> list[int]:
        """One count per flag of the attempts at these services from place `first` on and before place `after`."""
        span, totals = np.array([first, after], np.int32), [0] * len(self._flagged)
        for service in services:
            for kind, (places, starts) in enumerate(self._flagged):
                begin, end = np.searchsorted(places[starts[service] : starts[service + 1]], span)
                totals[kind] += int(end - begin)
        return totals


def _by_service(service: NDArray[Any], at: NDArray[np.int32], many: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Of some attempts their places, one service after the other, each in time order; and where each of `many` services begins."""
    order, starts = ordered(taken(service, at), many)
    return taken(at, order), starts

"""Says when a handshake was given up, and how long a service normally lets one wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.connection import PHASES


def given_up(column: Mapping[str, NDArray[Any]], done: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When the handshake was given up (FIN, RST or a fatal alert; 0 for never), and by whom."""
    alert_ns = np.where((column["alert_level"] != 1) & ~done, column["alert_ns"], 0)
    by_alert = (alert_ns > 0) & ((column["quit_ns"] == 0) | (alert_ns < column["quit_ns"]))
    return np.where(by_alert, alert_ns, column["quit_ns"]), np.where(by_alert, column["alert_by"], column["quit_by"])


def norms(
    waits: Sequence[NDArray[np.int64]], done: NDArray[np.bool_], service: NDArray[np.int32], asked: NDArray[np.int32], samples: int,
    ratio: float,
) -> NDArray[np.float64]:  # fmt: skip
    """Longest normal wait per service and phase, ns; 0 where too few handshakes were finished, or where nobody asks.

    `waits` has an array per phase.
    """
    longest = np.zeros((int(service.max(initial=-1)) + 1, PHASES - 1))
    enough = np.bincount(service[done], minlength=len(longest)) >= samples
    for each in asked[enough[asked]]:
        finished = done & (service == each)
        for phase, wait in enumerate(waits):
            median, top = np.quantile(wait[finished], (0.5, 0.999), overwrite_input=True)
            longest[each, phase] = min(top, ratio * median)
    return longest


def exceeding(
    waits: Sequence[NDArray[np.int64]], at: NDArray[np.int64], limits: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Longest wait beyond its limit of the rows `at`, 0 for none, and its phase; `limits` has a row for each of them."""
    own = np.column_stack([wait[at] for wait in waits])
    over = np.where(own > limits, own, 0)
    return over.max(axis=1, initial=0), over.argmax(axis=1) + 1

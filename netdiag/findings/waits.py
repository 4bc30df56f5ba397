"""Says when a handshake was given up, and how long a service normally lets one wait."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.connection import PHASES


def given_up(column: dict[str, NDArray[Any]], done: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When the handshake was given up (FIN, RST or a fatal alert; 0 for never), and by whom."""
    alert_ns = np.where((column["alert_level"] != 1) & ~done, column["alert_ns"], 0)
    by_alert = (alert_ns > 0) & ((column["quit_ns"] == 0) | (alert_ns < column["quit_ns"]))
    return np.where(by_alert, alert_ns, column["quit_ns"]), np.where(by_alert, column["alert_by"], column["quit_by"])


def norms(
    waits: NDArray[np.int64], done: NDArray[np.bool_], service: NDArray[np.int64], asked: NDArray[np.int64], samples: int, ratio: float
) -> NDArray[np.float64]:
    """Longest normal wait per service and phase, ns; 0 where too few handshakes were finished, or where nobody asks."""
    longest = np.zeros((int(service.max(initial=-1)) + 1, PHASES - 1))
    enough = np.bincount(service[done], minlength=len(longest)) >= samples
    for each in asked[enough[asked]]:
        median, top = np.quantile(waits[done & (service == each)], (0.5, 0.999), axis=0)
        longest[each] = np.minimum(top, ratio * median)
    return longest

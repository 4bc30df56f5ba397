"""Signs that a reset was not sent by the side whose address it bears (Weaver, Sommer, Paxson: Detecting Forged TCP Reset Packets)."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

READ = (
    "hello_ns", "syn_ns", "synack_ns", "syn_count", "ttl_out", "ttl_in",
    *(name.format(side) for side in ("out", "in") for name in ("rst_{}_ns", "rst_{}_ttl", "rst_{}_ahead", "data_after_rst_{}")),
)  # fmt: skip


class Suspicion(Protocol):
    """The thresholds that decide, as `tls_handshake_failure.Thresholds` documents them."""

    @property
    def ttl_step(self) -> int: ...  # noqa: D102
    @property
    def fast_share(self) -> float: ...  # noqa: D102
    @property
    def fast_rtt_s(self) -> float: ...  # noqa: D102


def signs_of_injection(column: Mapping[str, NDArray[Any]], side: str, t: Suspicion) -> NDArray[np.int64]:
    """How many signs each row's reset of a side ("out", "in") has: data that side sent later, its TTL, its number, and its haste."""
    ttl, first = column[f"rst_{side}_ttl"].astype(np.int64), column[f"ttl_{side}"].astype(np.int64)
    signs = (column[f"data_after_rst_{side}"] > 0).astype(np.int64)
    signs += abs(ttl - first) >= t.ttl_step
    signs += column[f"rst_{side}_ahead"] > 0
    if side == "in":
        took, since = column["synack_ns"] - column["syn_ns"], column["rst_in_ns"] - column["hello_ns"]
        clear = (column["synack_ns"] > 0) & (column["syn_count"] == 1) & (took >= t.fast_rtt_s * 1e9)
        signs += clear & (since >= 0) & (since < t.fast_share * took)
    return signs

"""Recognises devices that test every newcomer before a service sees it: they show in all of a service's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.connection import Answer
from netdiag.findings.groups import group_codes, positions

if TYPE_CHECKING:
    import pandas as pd

NEWCOMERS = 5
"""Sources whose first SYN must have been lost: five of five by a loss of 5 % is 1 in 3 million."""
SHARE = 0.9
"""Share of all newcomers, and of the later attempts that pass at once."""
RETRY_NS = 500_000_000
"""A device that drops first SYNs lets a retransmission pass from here on (Tempesta xFW: TCP_SYN_DROP_DEFAULT_TIME_MIN)."""
TESTED = 2
"""Attempts answered by a wrong SYN-ACK and accepted afterwards; one may be a stray."""


def gatekeepers(rows: pd.DataFrame) -> list[tuple[str, NDArray[np.int64]]]:
    """Mechanism and positions of the attempts that show it, per service.

    Parameters
    ----------
    rows : DataFrame
        Attempts of all sources in time order: `synack_window`, `synack_ns`, `syn_ns`, `syn_last_ns`, `syn_count`, `answer`,
        `wrong_synacks`, `src`, `dst`, `dport`.
    """
    answered = rows["answer"].to_numpy() == Answer.SYN_ACK
    proxied = answered & (rows["synack_window"].to_numpy() == 0)
    tested = (rows["wrong_synacks"].to_numpy() > 0) & (rows["synack_ns"].to_numpy() > 0)
    wait = rows["synack_ns"].to_numpy() - rows["syn_ns"].to_numpy()
    late = answered & (rows["syn_count"].to_numpy() > 1) & (wait >= RETRY_NS)
    service = group_codes(rows, ("dst", "dport"))
    kinds = (("syn-proxy", proxied, TESTED), ("safe-reset", tested, TESTED))
    found = [(name, at) for name, shown, least in kinds for at in _each(service, shown) if len(at) >= least]
    return found + _first_dropped(rows, service, answered, late) if late.any() else found


def _first_dropped(
    rows: pd.DataFrame, service: NDArray[np.int64], answered: NDArray[np.bool_], late: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.int64]]]:
    """Services where nearly every source's first attempt was accepted late, and its next ones at once (or all of them late)."""
    newcomer = ~rows.duplicated(["src", "dst", "dport"]).to_numpy()
    kinds = (newcomer, newcomer & late, ~newcomer, ~newcomer & late, ~newcomer & answered & ~late)
    new, new_late, old, old_late, old_prompt = (np.bincount(service, kind) for kind in kinds)
    alike = (old_prompt >= SHARE * old) | (old_late >= SHARE * old)
    dropped = (new_late >= NEWCOMERS) & (new_late >= SHARE * new) & alike
    return [("first-syn-drop", at) for at in _each(service, newcomer & late & dropped[service])]


def _each(service: NDArray[np.int64], shown: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Positions of the attempts that are shown, service by service."""
    return [at[shown[at]] for at in positions(service, np.bincount(service, shown) > 0)]

"""Recognises devices that test every newcomer before a service sees it: they show in all of a service's answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import in_blocks, is_in
from netdiag.connections.connection import Answer
from netdiag.findings.groups import PAIR, SERVICE, firsts, group_codes, positions

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

NEWCOMERS = 5
"""Sources whose first SYN must have been lost: five of five by a loss of 5 % is 1 in 3 million."""
SHARE = 0.9
"""Share of all newcomers, and of the later attempts that pass at once."""
RETRY_NS = 500_000_000
"""A device that drops first SYNs lets a retransmission pass from here on (Tempesta xFW: TCP_SYN_DROP_DEFAULT_TIME_MIN)."""
TESTED = 2
"""Attempts answered by a wrong SYN-ACK and accepted afterwards; one may be a stray."""


READ = ("answer", "synack_window", "synack_ns", "syn_ns", "syn_count", "wrong_synacks")


def gatekeepers(connections: Columns, at: NDArray[Any] | None = None) -> list[tuple[str, NDArray[np.int64]]]:
    """Mechanism and places of the attempts that show it, per service.

    Parameters
    ----------
    connections : Columns
        With the columns READ, `src`, `dst` and `dport`.
    at : int64 array, optional
        Positions of the attempts in it, in time order; None where these are all rows as they stand. A place is a number among them.
    """
    proxied, tested, late = _signs(connections, at)
    if not (proxied.size or tested.size or late.size):
        return []
    service = group_codes(connections, SERVICE, at)
    kinds = (("syn-proxy", proxied), ("safe-reset", tested))
    found = [(name, places) for name, shown in kinds for places in _each(service, shown) if len(places) >= TESTED]
    if np.bincount(service[late], minlength=1).max() < NEWCOMERS:
        return found
    pair = group_codes(connections, PAIR, at)
    first, many = firsts(pair), int(service.max()) + 1
    new = np.bincount(service[first], minlength=many)
    new_late = np.bincount(service[late[first[pair[late]] == late]], minlength=many)
    where = np.flatnonzero(((new_late >= NEWCOMERS) & (new_late >= SHARE * new))[service])
    answered = connections["answer"][where if at is None else at[where]] == Answer.SYN_ACK
    newcomer = first[pair[where]] == where
    dropped = _first_dropped(service[where], newcomer, answered, is_in(where, late))
    return found + [("first-syn-drop", where[places]) for places in dropped]


def _signs(connections: Columns, at: NDArray[Any] | None) -> list[NDArray[np.int64]]:
    """Places of the attempts that show a proxy, a test by a wrong SYN-ACK, and a first SYN that was dropped."""
    signs: list[list[NDArray[np.int64]]] = [[], [], []]
    for part, column in in_blocks(connections, READ, at):
        answered, since = column["answer"] == Answer.SYN_ACK, column["synack_ns"] - column["syn_ns"]
        tests = (
            answered & (column["synack_window"] == 0),
            (column["wrong_synacks"] > 0) & (column["synack_ns"] > 0),
            answered & (column["syn_count"] > 1) & (since >= RETRY_NS),
        )
        for sign, test in zip(signs, tests, strict=True):
            sign.append(part.start + np.flatnonzero(test))
    return [np.concatenate([np.zeros(0, np.int64), *sign]) for sign in signs]


def _first_dropped(
    service: NDArray[np.int32], newcomer: NDArray[np.bool_], answered: NDArray[np.bool_], late: NDArray[np.bool_]
) -> list[NDArray[np.int64]]:
    """Newcomers that were late, per service where the next attempts of their sources were accepted at once (or all of them late)."""
    kinds = (~newcomer, ~newcomer & late, ~newcomer & answered & ~late)
    old, old_late, old_prompt = (np.bincount(service, kind) for kind in kinds)
    alike = (old_prompt >= SHARE * old) | (old_late >= SHARE * old)
    return _each(service, np.flatnonzero(newcomer & late & alike[service]))


def _each(service: NDArray[np.int32], places: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Those places service by service."""
    return [places[own] for own in positions(np.unique(service[places], return_inverse=True)[1])]

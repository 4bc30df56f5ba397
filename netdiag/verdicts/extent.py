"""Says who is in trouble: one source, one population, the users of one destination, or everyone, or only the capture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import unique
from netdiag.findings.finding import endpoint
from netdiag.findings.groups import PAIR, SERVICE, firsts, group_codes
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns
    from netdiag.verdicts.verdict import Verdict

EVERYONE = 0.8
"""Share of the sources in trouble from which on it is everyone's: the cause is then near the server or the capture."""
FEW = 3
"""Fewer sources are no crowd: nothing is told of populations and destinations."""
LOSSY = 0.1
"""Share of connections with missing bytes from which on the capture loses packets (Zeek's capture-loss warns at as much)."""
P_VALUE = 0.01
"""Fisher tail, times the number of groups looked at, below which one group has more than its share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Who is in trouble."""

    kind: str
    """none, one-source, everyone, capture-gap (everyone, but the capture misses packets), population, destination, or several."""
    name: str | None
    """The source, the label or the destination."""
    troubled: int
    sources: int
    p_value: float | None
    summary: str


def extent(
    sources: Mapping[str, NDArray[Any]], connections: Columns, verdicts: Sequence[Verdict], quality: Mapping[str, int] | None = None
) -> Extent:
    """Who is in trouble, of those that `sources` counts; a source is in trouble that has a verdict.

    Where everyone is and the capture itself misses packets (`Tables.quality`), that is the likelier reason.
    """
    named = {verdict.source for verdict in verdicts if verdict.causes}
    seen = {name: sources[name][sources["connections"] > 0] for name in ("source", "label")}
    troubled = np.array([name in named for name in seen["source"].tolist()], bool)
    total = len(troubled)
    count = int(troubled.sum())
    of_all = f"{count:,} of {many(total, 'source')} {'is' if count == 1 else 'are'} in trouble"
    if not count:
        return _extent("none", None, count, total, None, f"None of {many(total, 'source')} is in trouble.")
    if total >= FEW and count >= EVERYONE * total:
        if holes := _missing(quality or {}, len(connections)):
            told = f"{of_all}, and the capture misses packets ({holes}): look at the capture first, then near the server."
            return _extent("capture-gap", None, count, total, None, told)
        return _extent("everyone", None, count, total, None, f"{of_all}: look near the server, or at the capture, not at a source.")
    if count == 1:
        alone = "the others are well" if total > 1 else "nobody else is in the capture to compare with"
        return _extent("one-source", str(seen["source"][troubled][0]), count, total, None, f"{of_all}; {alone}.")
    label = _group(seen["label"].astype(str), troubled)
    if label:
        name, p_value, told = label
        return _extent("population", name, count, total, p_value, f"{of_all}: {told} labelled {name} (p = {p_value:.2g}).")
    place = _destination(connections, named)
    if place:
        name, p_value, told = place
        return _extent("destination", name, count, total, p_value, f"{of_all}: {told} that used {name} (p = {p_value:.2g}).")
    return _extent("several", None, count, total, None, f"{of_all}, and no label or destination that they share stands out.")


def _missing(quality: Mapping[str, int], connections: int) -> str:
    """What the capture is known to miss, in words; "" where that is little."""
    counts = {name: quality.get(name, 0) for name in ("capture_holes", "capture_drops", "unseen_data")}
    if counts["unseen_data"] <= LOSSY * connections:
        counts["unseen_data"] = 0
    nouns = {"capture_holes": "hole", "capture_drops": "packet dropped", "unseen_data": "connection with bytes missing"}
    plurals = {"capture_holes": "holes", "capture_drops": "packets dropped", "unseen_data": "connections with bytes missing"}
    return ", ".join(many(count, nouns[name], plurals[name]) for name, count in counts.items() if count)


def _extent(kind: str, name: str | None, troubled: int, total: int, p_value: float | None, summary: str) -> Extent:
    return Extent(kind=kind, name=name, troubled=troubled, sources=total, p_value=p_value, summary=summary)


def _group(labels: NDArray[np.str_], troubled: NDArray[np.bool_]) -> tuple[str, float, str] | None:
    """The label that has more than its share of the troubled sources."""
    names, which = np.unique(labels, return_inverse=True)
    told = _worst(np.bincount(which, troubled), np.bincount(which), int(troubled.sum()), len(labels), names != "")
    return (str(names[told[0]]), told[1], told[2]) if told else None


def _destination(connections: Columns, named: set[str]) -> tuple[str, float, str] | None:
    """The service whose users have more than their share of the trouble."""
    at = np.flatnonzero(connections["syn_ns"] > 0)
    if not at.size:
        return None
    pairs = connections.taken(at[firsts(group_codes(connections, PAIR, at))], PAIR)
    ill = np.array([name in named for name in connections.texts("src").tolist()], bool)
    service, troubled, who = group_codes(pairs, SERVICE), ill[pairs["src"]], unique(pairs["src"])
    bad, every = np.bincount(service, troubled), np.bincount(service)
    told = _worst(bad, every, int(ill[who].sum()), len(who), every > 0)
    if not told:
        return None
    first = int(np.argmax(service == told[0]))
    return endpoint(pairs.text("dst", first), int(pairs["dport"][first])), told[1], told[2]


def _worst(
    bad: NDArray[Any], every: NDArray[np.int64], troubled: int, total: int, asked: NDArray[np.bool_]
) -> tuple[int, float, str] | None:
    """Number, p-value and counts of the group that holds the trouble: most of its members, and most of the trouble."""
    likely = np.flatnonzero(asked & (2 * bad > every) & (2 * bad > troubled) & (bad >= 2))
    tests = []
    for at in likely.tolist():
        ill, well = int(bad[at]), int(every[at]) - int(bad[at])
        tests.append((fisher_exact(ill, well, troubled - ill, total - troubled - well), at))
    if not tests or min(tests)[0] * int(asked.sum()) >= P_VALUE:
        return None
    p_value, at = min(tests)
    inside, outside = (int(bad[at]), int(every[at])), (troubled - int(bad[at]), total - int(every[at]))
    return at, p_value * int(asked.sum()), f"{inside[0]} of {inside[1]} and {outside[0]} of {outside[1]} others; those"

"""Tells by which rule single ports of a source were blocked: by the time since their last use, or by how often they were used.

Two devices make reused ports fail while others pass. A *cool-down* refuses a port until some time after its last use. A *penalty by
port* counts: a port that opened more than a few connections within a window is refused for a fixed time from there on. Both are
fitted to the series of outcomes, and so is the rival that blocks the source as a whole; a rule is judged by the attempts that it
tells wrongly, and two rules by those where they differ (the exact test of McNemar).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import is_in
from netdiag.findings.groups import group_codes, positions
from netdiag.findings.significance import binomial_tail

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

BY_PORT = ("port", "4-tuple")
"""What a control that blocks single ports counts by."""
USED = ("dst", "dport", "sport", "syn_ns", "syn_count", "synack_ns", "last_ns")
"""Columns of an attempt that tell how its port was used."""
WINDOWS_S = (1.0, 2.0, 3.0, 5.0, 6.0, 10.0, 20.0, 30.0, 60.0)
"""Windows over which a device may count the uses of a port."""
MOST = 20_000
"""Attempts that are looked at: more say nothing new and take longer (20 ms per thousand)."""
LEAST = 5
"""Attempts elsewhere needed to say that a port works there: five of five lost by a loss of 5 % are 1 in 3 million."""
MEANWHILE_US = 1_000_000
"""Attempts from a port count as meanwhile this close to a blocked one: no penalty is known to be shorter."""
BETTER = 0.01
"""McNemar tail below which one rule tells the outcomes better than another: it chooses a name, not an alarm, and the other is told too."""


@dataclass(frozen=True, slots=True)
class PortRule:
    """One rule, fitted."""

    kind: str
    """cool-down (counted from the last use) or fixed (a penalty counted from the first blocked attempt)."""
    right: NDArray[np.bool_]
    """Whether it tells each attempt's outcome."""
    p_value: float
    """How easily outcomes that know nothing of ports would follow some rule of this kind as well."""
    length_s: float | None
    interval_s: tuple[float, float | None]
    """Lengths of the cool-down or the penalty that fit."""
    stretches: int
    """Times that a port was blocked after an accepted use."""
    limit: int | None = None
    """Uses within the window that are tolerated; None where none are counted."""
    rate_per_s: tuple[float, float] | None = None
    """Bounds of the tolerated rate, over the windows that fit as well."""

    @property
    def wrong(self) -> int:
        """Attempts it tells wrongly."""
        return int((~self.right).sum())


def better(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """McNemar's exact tail: P(`one` is right as often, where just one of the two is, if both are equally good)."""
    only, missed = int((one & ~other).sum()), int((other & ~one).sum())
    return binomial_tail(only, only + missed, 0.5)


def port_rules(own: Columns) -> list[PortRule]:
    """Rules that were fitted to the attempts of one source, the best first; none where no port was used again with both outcomes.

    Parameters
    ----------
    own : Columns
        Attempts in time order that were `accepted` or else blocked, with the columns USED.
    """
    own = own.taken(slice(MOST))
    ok, keys = own["accepted"], positions(group_codes(own, ("dst", "dport", "sport")))
    again = [at for at in keys if len(at) > 1]
    if not any(ok[at].any() and not ok[at].all() for at in again):
        return []
    syn_ns, last_ns = own["syn_ns"], own["last_ns"]
    stretches = _stretches(keys, syn_ns, ok)
    at_last = ok | (own["synack_ns"] > 0)  # a repeated SYN may have passed
    found = [_cool_down(_since(again, syn_ns, last_ns, used), ok, len(stretches)) for used in (at_last, np.ones(len(ok), bool))]
    if penalty := _penalty(keys, stretches, syn_ns, own["syn_count"].astype(np.int64), ok):
        found.append(penalty)
    return sorted(found, key=lambda rule: rule.wrong)


def _chance(right: NDArray[np.bool_], ok: NDArray[np.bool_], tried: int) -> float:
    """P(one of `tried` rules tells as many outcomes) if they know nothing of it: at best, each is told as often as the commoner one."""
    common = max(float(ok.mean()), 1 - float(ok.mean()))
    return min(1.0, tried * binomial_tail(int(right.sum()), len(ok), common))


def _since(
    keys: list[NDArray[np.int32]], syn_ns: NDArray[np.int64], last_ns: NDArray[np.int64], used: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Seconds from the last packet of the latest use of the port to each SYN; infinite without. `used` says which attempts are uses."""
    since = np.full(len(syn_ns), np.inf)
    for at in keys:
        latest = np.maximum.accumulate(np.where(used[at], np.arange(len(at)), -1))[:-1]
        since[at[1:]] = np.where(latest >= 0, np.maximum(syn_ns[at[1:]] - last_ns[at[latest]], 0) / 1e9, np.inf)
    return since


def _cool_down(since_s: NDArray[np.float64], ok: NDArray[np.bool_], stretches: int) -> PortRule:
    """The step in the gap that tells blocked from accepted best."""
    order = np.argsort(since_s, kind="stable")
    gaps, passed = since_s[order], ok[order]
    wrong = np.append(0, np.cumsum(passed)) + np.append(np.cumsum(~passed[::-1])[::-1], 0)
    wrong[1:-1][gaps[1:] == gaps[:-1]] = len(ok)  # no step between equal gaps
    cut = int(np.argmin(wrong[: int(np.isfinite(gaps).sum()) + 1]))
    low, high = (float(gaps[cut - 1]) if cut else 0.0), (float(gaps[cut]) if cut < len(gaps) else np.inf)
    right = ok == (since_s >= high)
    bounded = np.isfinite(high)
    return PortRule(
        "cool-down", right, _chance(right, ok, len(ok)), round((low + high) / 2, 3) if bounded else None,
        (round(low, 3), round(high, 3) if bounded else None), stretches,
    )  # fmt: skip


def _penalty(
    keys: list[NDArray[np.int32]],
    stretches: list[tuple[int, int | None]],
    syn_ns: NDArray[np.int64],
    syns: NDArray[np.int64],
    ok: NDArray[np.bool_],
) -> PortRule | None:
    """The limit over some window and the penalty that tell blocked from accepted best."""
    bounds = _common(stretches)
    if bounds is None:
        return None
    low, high = bounds
    length = low if high is None else (low + high) // 2
    fits = [_counted(keys, syn_ns, syns, ok, length, round(window_s * 1e9)) for window_s in WINDOWS_S]
    right, limit, _ = max(fits, key=lambda fit: (int(fit[0].sum()), -fit[2]))
    rates = [
        (count / span_s, (count + 1) / span_s) for each, count, span in fits if (span_s := span / 1e9) and better(right, each) >= BETTER
    ]
    return PortRule(
        "fixed", right, _chance(right, ok, len(WINDOWS_S) * int(syns.sum())), round(length / 1e9, 3) if high is not None else None,
        (round(low / 1e9, 3), None if high is None else round(high / 1e9, 3)), len(stretches),
        limit, (round(min(a for a, _ in rates), 3), round(max(b for _, b in rates), 3)),
    )  # fmt: skip


def _stretches(keys: list[NDArray[np.int32]], syn_ns: NDArray[np.int64], ok: NDArray[np.bool_]) -> list[tuple[int, int | None]]:
    """Shortest and longest penalty of each blocked stretch of a port that followed an accepted use."""
    found: list[tuple[int, int | None]] = []
    for at in keys:
        turns = np.flatnonzero(np.diff(ok[at]))
        for left, right in pairwise([*turns.tolist(), None]):
            if left is None or not ok[at[left]]:
                continue
            first, last = syn_ns[at[left + 1]], syn_ns[at[right]] if right is not None else syn_ns[at[-1]]
            found.append((int(last - first), None if right is None else int(syn_ns[at[right + 1]] - first)))
    return found


def _common(stretches: list[tuple[int, int | None]]) -> tuple[int, int | None] | None:
    """The lengths that fit most of the stretches."""
    if not stretches:
        return None
    lows = np.sort(np.array([low for low, _ in stretches]))
    highs = np.sort(np.array([high for _, high in stretches if high is not None], np.int64))
    if not highs.size:
        return int(lows[-1]), None
    covering = np.searchsorted(lows, lows, side="right") - np.searchsorted(highs, lows)
    low = int(lows[len(lows) - 1 - int(np.argmax(covering[::-1]))])
    above = highs[highs >= low]
    return low, int(above[0]) if above.size else None


def _counted(
    keys: list[NDArray[np.int32]], syn_ns: NDArray[np.int64], syns: NDArray[np.int64], ok: NDArray[np.bool_], length: int, window: int
) -> tuple[NDArray[np.bool_], int, int]:
    """Which outcomes follow from a penalty of this length after too many uses within the window, that number, and the window.

    Each attempt is told from the outcomes before it. SYNs that fell into a penalty do not count as uses.
    """
    free, counts = np.ones(len(ok), bool), np.zeros(len(ok), np.int64)
    for at in keys:
        until = 0
        uses: list[int] = []
        for i, now, repeated, passed in zip(at.tolist(), syn_ns[at].tolist(), syns[at].tolist(), ok[at].tolist(), strict=True):
            if now < until:
                free[i] = False
                until = 0 if passed else until
                continue
            uses = [use for use in uses if use > now - window]
            counts[i] = len(uses) + 1
            uses += [now] * (repeated if passed else 1)
            if not passed:
                until, uses = now + length, []
    tolerated = np.bincount(counts[free & ok], minlength=1)
    refused = np.bincount(counts[free & ~ok], minlength=len(tolerated))
    tolerated = np.pad(tolerated, (0, len(refused) - len(tolerated)))
    wrong = np.cumsum(refused) + tolerated.sum() - np.cumsum(tolerated)  # by limit: refused up to it, tolerated above it
    limit = int(np.argmin(wrong))
    return ok == (free & (counts <= limit)), limit, window


def choose(rules: Sequence[PortRule]) -> tuple[PortRule, PortRule | None]:
    """The rule to name, and the best of the other kind.

    A cool-down has one length, a penalty also a limit and a window: where both tell the outcomes alike, the simpler one is named.
    """
    simple = next(rule for rule in rules if rule.kind == "cool-down")
    best = next((rule for rule in rules if rule.kind != "cool-down" and better(rule.right, simple.right) < BETTER), simple)
    return best, next((rule for rule in rules if rule.kind != best.kind), None)


def blocked_key(own: Columns, source: Columns) -> str:
    """`4-tuple` if ports that were blocked here worked elsewhere meanwhile, else `port`: so it is, or nothing tells the two apart.

    Parameters
    ----------
    own : Columns
        As for `port_rules`.
    source : Columns
        All attempts of the same source: `dst`, `dport`, `sport`, `syn_ns`, `accepted` and `blocked`.
    """
    here = is_in(source["dst"], own["dst"]) & is_in(source["dport"], own["dport"])
    elsewhere, blocked = source.taken(~here), own.taken(~own["accepted"])
    at, held = _place(elsewhere, blocked), np.sort(_place(blocked, blocked))
    after = np.searchsorted(held, at).clip(max=len(held) - 1)
    near_us = np.minimum(np.abs(held[after] - at), np.abs(held[np.maximum(after - 1, 0)] - at))
    meanwhile = elsewhere.taken(near_us < MEANWHILE_US)
    passed, refused = int(meanwhile["accepted"].sum()), int(meanwhile["blocked"].sum())
    return "4-tuple" if passed >= LEAST and passed > refused else "port"


def _place(rows: Columns, origin: Columns) -> NDArray[np.int64]:
    """Port and time in one number: near each other if both are the same port and near in time (µs, up to four years)."""
    since_us = (rows["syn_ns"] - int(origin["syn_ns"][0])) // 1000
    place: NDArray[np.int64] = (rows["sport"].astype(np.int64) << 47) + since_us
    return place

"""Words the penalty and the limit of a flood control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netdiag.findings.portrules import BY_PORT

LIMITS = 2
"""Examples of a limit that fits, the shortest windows first."""


def lasting(facts: Mapping[str, Any]) -> str:
    """How long a port or the whole source stays blocked; "" where the facts of a trip do not tell.

    Parameters
    ----------
    facts : mapping
        `keyed_by`, `penalty_kind`, `penalty_s` and `penalty_interval_s` of a `flood-control-trip`, each of which may be absent.
    """
    if not (interval := facts.get("penalty_interval_s")):
        return ""
    low, high = interval
    length = f"{low:.3g} s or more" if high is None else f"{low:.3g} to {high:.3g} s"
    kind, who = facts.get("penalty_kind"), "each port " if facts.get("keyed_by") in BY_PORT else "blocked "
    if kind == "cool-down":
        return f", {who}for {length} after its last use"
    if kind == "sliding":
        return f", {who}until it was quiet for {length}"
    if kind is None and facts.get("penalty_s") is None and high is not None:
        return f", {who}for {high:.3g} s from the first blocked attempt on, or until it was quiet for {low:.3g} s, or in between"
    return f", {who}for {length} from the first blocked attempt on"


def allowed(facts: Mapping[str, Any]) -> str:
    """The limit that it enforced, if `threshold_interval_per_s` tells it; else "". `limit_by_window_s` may say what that means."""
    interval = facts.get("threshold_interval_per_s")
    if not interval:
        return ""
    limits = list((facts.get("limit_by_window_s") or {}).items())[:LIMITS]
    counts = [f"{low}{f' to {high}' if high > low else ''} SYNs in {window_s} s" for window_s, (low, high) in limits]
    told = f", {' or '.join(counts)} for example" if counts else ""
    return f"; the limit fits {interval[0]:.3g} to {interval[1]:.3g} SYNs per s{told}"

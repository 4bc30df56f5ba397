"""Adds the logs up to the truth of a run: who was what, what happened to each attempt, and what the firewall did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields
from ipaddress import ip_address, ip_network
from math import inf
from typing import TYPE_CHECKING, Any

from captures.lab.client import PLANNED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captures.lab.client import Attempt
    from captures.lab.lab import Lab

SCHEMA = "netdiag.lab/1"
ROLES = ("healthy", "harmless", "troubled")
EARLY_S = 0.1
"""The clients' log may be this much later than the server's."""
QUEUED_S = 60.0
"""The accept queue keeps a connection longer than any scenario stops accepting; chance has used its port again after this."""
ALL_DETECTORS = "port-reuse-burst port-reuse-collision tls-handshake-stall tls-handshake-failure flood-control-trip"


@dataclass(slots=True)
class Source:
    """What is known of a source by construction."""

    address: str
    role: str
    cause: str | None = None
    """Name of a cause of netdiag's verdicts; None: no trouble."""
    must_fire: list[str] = field(default_factory=list)
    must_not_fire: list[str] = field(default_factory=list)
    also_right: list[str] = field(default_factory=list)
    """Other causes that would be no mistake."""
    phase: str | None = None
    """Where its handshakes stall."""
    mechanism: str | None = None


def truth(lab: Lab, made: Iterable[Attempt]) -> dict[str, Any]:
    """One run's truth; the scenario's name and parameters are added by who runs it."""
    attempts = [one.told() for one in made]
    accepted = defaultdict(list)
    for entry in lab.server.log:
        accepted[entry["src"], entry["sport"]].append(entry)
    later: dict[tuple[str, int], float] = {}
    for one in sorted(attempts, key=lambda attempt: -attempt["start"]):
        key = one["src"], one["sport"]
        one["phase"] = phase(one, accepted.get(key, []), later.get(key, inf))
        later[key] = one["start"]
    whole = {
        "schema": SCHEMA,
        "crafted": False,
        "begun_ns": int(lab.zero_ns),
        "sources": [asdict(source) for source in lab.sources.values()],
        "controls": [control(one) for one in lab.controls],
        "captures": [{"name": one.path.name, "missed_packets": one.missed} for one in lab.recordings],
        "box_lost": lab.box.lost,
        "notes": lab.notes,
        "attempts": attempts,
        "box": lab.box.log,
    }
    return {**whole, "doubts": doubts(whole)}


def doubts(whole: dict[str, Any]) -> list[str]:
    """Why a truth is not the whole truth: packets that were missed, a fault that did not happen since the machine was too slow."""
    missed = whole["box_lost"] + sum(abs(one["missed_packets"]) for one in whole["captures"])
    told = [f"{missed} packets were missed"] if missed else []
    blocked = {episode["key"] for one in whole["controls"] for episode in one["episodes"]}
    stopped = {(one["source"], one["phase"]) for one in whole["attempts"]}
    for source in whole["sources"]:
        address, where = source["address"], source["phase"]
        if "flood-control-trip" in source["must_fire"] and not any(_speaks_of(key, address) for key in blocked):
            told.append(f"no control blocked {address}")
        if source["role"] == "healthy" and any(_speaks_of(key, address) for key in blocked):
            told.append(f"a control blocked {address}, which should be well")
        if where and (address, where) not in stopped:
            told.append(f"no handshake of {address} stopped at {where}")
    return told


def _speaks_of(key: str, address: str) -> bool:
    """Whether a control's key (an address, one with a port, a prefix) holds an address."""
    return ip_address(address) in ip_network(key.split(" ")[0])


def control(rule: Any) -> dict[str, Any]:
    """A flood control as configured, and what it did."""
    settings = {one.name: getattr(rule, one.name) for one in fields(rule) if not one.name.startswith("_") and one.name != "episodes"}
    return {"kind": type(rule).__name__, "settings": settings, "episodes": rule.episodes}


def phase(one: dict[str, Any], accepted: list[dict[str, Any]], next_start: float = inf) -> str | None:
    """Where a handshake stopped, from both ends' logs, in the words of netdiag; None if it did not, or nobody knows.

    A connection that waited in the accept queue until its client had gone was acknowledged by the kernel and heard nothing. It is known
    by the port, until `next_start`, when an attempt used the port again.
    """
    if one["connect"] != "ok" or one["manner"] == "connect" or one["tls"] in ("complete", "failed"):
        return None
    if one["manner"] == "silent":
        return "no-client-hello"
    if one["manner"] == "stops" and one["received"]:
        return "no-client-finish"
    taken = [entry for entry in accepted if one["start"] - EARLY_S < entry["t"] < min(next_start - EARLY_S, one["start"] + QUEUED_S)]
    if not taken:
        return "client-hello-lost"
    received, sent = taken[0]["received"], taken[0]["sent"]
    if received < one["sent"]:
        return "client-hello-lost"
    gone = one["start"] + (one["connect_s"] or 0.0) + (one["tls_s"] or 0.0)
    if not sent or taken[0]["t"] >= gone:
        return "no-server-hello"
    return "server-flight-lost" if one["received"] < sent else "no-server-finish"


def structure(whole: dict[str, Any]) -> dict[str, Any]:
    """What must be the same whenever the same seed is run: everything planned, nothing measured."""
    return {
        "scenario": whole["scenario"],
        "seed": whole["seed"],
        "parameters": whole["parameters"],
        "sources": whole["sources"],
        "controls": [{"kind": one["kind"], "settings": one["settings"]} for one in whole["controls"]],
        "attempts": [{name: one[name] for name in PLANNED} for one in whole["attempts"]],
    }

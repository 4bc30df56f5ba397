"""Adds the logs up to the truth of a run: who was what, what happened to each attempt, and what the firewall did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from captures.lab.client import PLANNED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from captures.lab.client import Attempt
    from captures.lab.lab import Lab

SCHEMA = "netdiag.lab/1"
ROLES = ("healthy", "harmless", "troubled")
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
    for one in attempts:
        one["phase"] = phase(one, accepted.get((one["src"], one["sport"]), []))
    return {
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


def control(rule: Any) -> dict[str, Any]:
    """A flood control as configured, and what it did."""
    settings = {one.name: getattr(rule, one.name) for one in fields(rule) if not one.name.startswith("_") and one.name != "episodes"}
    return {"kind": type(rule).__name__, "settings": settings, "episodes": rule.episodes}


def phase(one: dict[str, Any], accepted: list[dict[str, Any]]) -> str | None:
    """Where a handshake stopped, from both ends' logs, in the words of netdiag; None if it did not, or nobody knows."""
    if one["connect"] != "ok" or one["manner"] == "connect" or one["tls"] in ("complete", "failed"):
        return None
    if one["manner"] == "silent":
        return "no-client-hello"
    near = [entry for entry in accepted if -0.5 < entry["t"] - one["start"] < 4.0]
    if not near:
        return "client-hello-lost"
    received, sent = near[0]["received"], near[0]["sent"]
    if received < one["sent"]:
        return "client-hello-lost"
    if not sent:
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

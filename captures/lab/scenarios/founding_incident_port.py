"""CI jobs behind a NAT with few ports trip a control that counts by source and port: single ports are blocked for a while.

A port that opens more than a few connections within the window is dropped silently until its penalty is over; the source's other ports
work, and so do all other sources.
"""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.flood import Penalty
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 20.0
    rate_per_s: float = 8.0
    penalty_s: float = 8.0
    limit: int = 2
    window_s: float = 6.0
    ports: int = 24
    hosts: int = 8
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(nat_ports=(30000, 30000 + p.ports - 1))
    lab.rule(Penalty(p.limit, p.window_s, p.penalty_s, "source+port"))
    await lab.watch("edge")
    ci = lab.source(
        topology.NAT,
        "troubled",
        "per-source-penalty",
        "flood-control-trip",
        "port-reuse-collision",
        also_right=["port-cool-down"],
        mechanism="silent-drop",
    )
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, ci, f"{topology.INSIDE}{lab.rng.randint(1, p.hosts)}", connect_s=2.5, handshake_s=3.0)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

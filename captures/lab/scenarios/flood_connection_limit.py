"""A source holds as many connections open as one may, and further ones are refused with resets."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.flood import ConnectionLimit
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 16.0
    rate_per_s: float = 4.0
    burst_per_s: float = 30.0
    burst_s: float = 1.5
    most: int = 12
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.rule(ConnectionLimit(p.most))
    await lab.watch("edge")
    fast = lab.source(
        f"{topology.PUBLIC}66", "troubled", "per-source-penalty", "flood-control-trip", "port-reuse-collision", mechanism="connection-limit"
    )
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s) + lab.poisson(p.burst_per_s, 4.0, 4.0 + p.burst_s):
        lab.visit(at, fast, connect_s=2.5, handshake_s=3.0, requests=4, pause_s=0.5)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

"""One host of a network opens connections too fast, and its whole /28 is blocked for a while."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.flood import Penalty
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 16.0
    rate_per_s: float = 4.0
    burst_per_s: float = 30.0
    burst_s: float = 1.5
    penalty_s: float = 5.0
    limit: int = 16
    window_s: float = 1.0
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.rule(Penalty(p.limit, p.window_s, p.penalty_s, "prefix"))
    await lab.watch("edge")
    fast = lab.source(
        f"{topology.PUBLIC}66", "troubled", "per-source-penalty", "flood-control-trip", "port-reuse-collision", mechanism="silent-drop"
    )
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s) + lab.poisson(p.burst_per_s, 4.0, 4.0 + p.burst_s):
        lab.visit(at, fast, connect_s=2.5, handshake_s=3.0)
    near = lab.source(f"{topology.PUBLIC}67", "troubled", "per-source-penalty", "", "port-reuse-collision", mechanism="silent-drop")
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, near, connect_s=2.5, handshake_s=3.0)
    for number in range(p.healthy):  # each in a network of its own: the control counts them together
        lab.calm(1, 1.5, p.duration_s, first=81 + 16 * number)
    return await lab.play()

"""The ClientHello needs two segments, and something in the path drops the second one (as some boxes do with large ClientHellos)."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.rules import SecondSegment


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 14.0
    rate_per_s: float = 1.2
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    large = lab.source(f"{topology.PUBLIC}90", "troubled", "path-loss", "tls-handshake-stall", "port-reuse-collision flood-control-trip")
    lab.sources[large].phase = "client-hello-lost"
    lab.rule(SecondSegment(lambda packet, inward: packet.src == large))
    await lab.watch("edge")
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, large, manner="large")
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

"""One client gets the server's whole flight, acknowledges it, and never finishes the handshake; others are well."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 1.5
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    await lab.watch("edge")
    stuck = lab.source(
        f"{topology.PUBLIC}89",
        "troubled",
        "client-stall",
        "tls-handshake-stall",
        "port-reuse-collision flood-control-trip",
        phase="no-client-finish",
    )
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, stuck, manner="stops", version=lab.rng.choice(("1.2", "1.3")))
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

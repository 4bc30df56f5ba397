"""A client does not trust the server's certificate and says so with a TLS alert; the handshake fails, but nothing hangs."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 2.0
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    await lab.watch("edge")
    wary = lab.source(
        f"{topology.PUBLIC}91", "troubled", None, "tls-handshake-failure", "port-reuse-collision tls-handshake-stall flood-control-trip"
    )
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, wary, manner="distrust", version=lab.rng.choice(("1.2", "1.3")))
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

"""One client connects and says nothing for seconds; others are well."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 14.0
    rate_per_s: float = 1.5
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    await lab.watch("edge")
    silent = lab.source(f"{topology.PUBLIC}88", "harmless", must_not="port-reuse-collision flood-control-trip", phase="no-client-hello")
    silent_visits = lab.poisson(p.rate_per_s, 0, p.duration_s)
    for at in silent_visits:
        lab.visit(at, silent, manner="silent")
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

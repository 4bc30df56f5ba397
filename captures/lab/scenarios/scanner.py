"""A scanner tries port after port, most of them closed, beside ordinary clients."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.truth import ALL_DETECTORS


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    ports: int = 150
    rate_per_s: float = 15.0
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    await lab.watch("edge")
    scanner = lab.source(f"{topology.PUBLIC}99", "harmless", must_not=ALL_DETECTORS, also_right=["dead-destination"])
    for at in range(p.ports):
        lab.visit(at / p.rate_per_s, scanner, dport=lab.rng.choice((443, *range(1, 1024))), manner="connect", connect_s=1.0)
    lab.calm(p.healthy, 1.5, p.ports / p.rate_per_s)
    return await lab.play()

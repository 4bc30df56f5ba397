"""Healthy traffic: TLS 1.2 and 1.3, IPv4 and IPv6, short and long-lived connections."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.truth import ALL_DETECTORS


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 15.0
    rate_per_s: float = 1.0
    sources: int = 6


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(tickets=2)
    await lab.watch("edge")
    for number in range(1, p.sources + 1):
        for prefix in (topology.PUBLIC, topology.PUBLIC6):
            calm = lab.source(f"{prefix}{number}", "healthy", must_not=ALL_DETECTORS)
            version = "1.2" if number % 2 else "1.3"
            for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
                lab.visit(at, calm, version=version)
            lab.visit(0.5, calm, version=version, requests=int(p.duration_s), pause_s=0.9)
    return await lab.play()

"""Hundreds of hosts behind one address with the full range of ports: busy, and nothing wrong."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.truth import ALL_DETECTORS


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 22.0
    hosts: int = 180
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(nat_ports=(1024, 65535))
    await lab.watch("edge")
    ci = lab.source(topology.NAT, "healthy", must_not=ALL_DETECTORS)
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, ci, f"{topology.INSIDE}{lab.rng.randint(1, p.hosts)}", connect_s=2.5, handshake_s=3.0)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

"""Load balancers connect and close at once, every second or so, beside ordinary clients."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.truth import ALL_DETECTORS


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 15.0
    probers: int = 3
    every_s: float = 0.5
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    await lab.watch("edge")
    for number in range(p.probers):
        prober = lab.source(f"{topology.PUBLIC}{50 + number}", "harmless", must_not=ALL_DETECTORS)
        for step in range(int(p.duration_s / p.every_s)):
            lab.visit(step * p.every_s + number / 10, prober, manner="connect")
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

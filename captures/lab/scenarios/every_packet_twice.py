"""Healthy traffic captured on all interfaces of a router: every packet is there twice."""

from dataclasses import dataclass
from typing import Any

from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 8.0
    rate_per_s: float = 2.0
    sources: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    await lab.watch("wall")
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    return await lab.play()

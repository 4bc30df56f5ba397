"""Healthy traffic with long-lived connections; the capture starts when they are well under way."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 1.5
    sources: int = 4
    start_s: float = 4.0


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.later(p.start_s, partial(lab.watch, "edge"))
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    for source in list(lab.sources):
        lab.visit(0.5, source, requests=20, pause_s=0.4)
    return await lab.play()

"""Ordinary traffic over a path that loses and reorders a few packets in a hundred, each way, whoever sends them."""

from dataclasses import dataclass
from typing import Any

from captures.lab.lab import Lab
from captures.lab.rules import Loss, Reorder


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 18.0
    rate_per_s: float = 1.5
    sources: int = 10
    loss: float = 0.03
    reordered: float = 0.02


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.rule(Loss(lab.dice(), p.loss))
    lab.rule(Reorder(lab.dice(), p.reordered, 0.003))
    await lab.watch("edge")
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    for source in lab.sources.values():
        source.role, source.also_right = "harmless", ["ordinary-loss"]
    return await lab.play()

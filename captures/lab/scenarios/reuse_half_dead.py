"""A host dies and comes back with the same ports, which meet connections that the server still holds open.

The server answers with a challenge ACK (RFC 5961), the client resets, and its next try succeeds about a second later.
"""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    ports: int = 25
    back_s: float = 3.0
    every_s: float = 0.3
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    await lab.watch("edge")
    host = lab.source(f"{topology.PUBLIC}77", "troubled", "tcp-state-collision", "port-reuse-collision", "flood-control-trip")
    for number in range(p.ports):
        lab.visit(number * p.every_s, host, sport=41000 + number, manner="vanish")
        lab.visit(number * p.every_s + p.back_s, host, sport=41000 + number)
    lab.calm(p.healthy, 1.5, p.ports * p.every_s + p.back_s)
    return await lab.play()

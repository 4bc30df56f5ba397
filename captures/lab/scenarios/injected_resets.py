"""Something in the path answers one client's ClientHellos with a reset in the server's name."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.rules import InjectReset


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 2.0
    ttl: int = 117
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    victim = lab.source(
        f"{topology.PUBLIC}92", "troubled", None, "tls-handshake-failure", "port-reuse-collision tls-handshake-stall flood-control-trip"
    )
    lab.rule(InjectReset(lambda packet, inward: inward and packet.src == victim and packet.hello, p.ttl))
    await lab.watch("edge")
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, victim)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

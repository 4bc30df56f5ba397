"""The server's certificates fill whole packets, and the path to some clients drops whole packets without a word."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.rules import BlackHole


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 14.0
    rate_per_s: float = 1.2
    mtu: int = 1400
    names: int = 60
    victims: int = 2
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(names=p.names)
    victims = [f"{topology.PUBLIC}{70 + number}" for number in range(p.victims)]
    lab.rule(BlackHole(p.mtu, lambda packet, inward: packet.dst in victims))
    await lab.watch("server")
    for victim in victims:
        lab.source(
            victim,
            "troubled",
            "mtu-black-hole",
            "tls-handshake-stall",
            "port-reuse-collision flood-control-trip",
            phase="server-flight-lost",
        )
        for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
            lab.visit(at, victim, version=lab.rng.choice(("1.2", "1.3")))
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

"""A host keeps more connections open than its NAT has ports for it: the NAT drops further SYNs, seen from before the NAT."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 9.0
    rate_per_s: float = 12.0
    ports: int = 64
    hold_s: int = 60
    pause_s: float = 3.5
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Connections last longer than the run; a port is kept for a while after its connection, as clouds' NATs do."""
    await lab.build(nat_ports=(30000, 30000 + p.ports - 1), nat_hold_s=p.hold_s)
    await lab.watch("client")
    greedy = lab.source(
        f"{topology.INSIDE}21",
        "troubled",
        "snat-exhaustion",
        "",
        "port-reuse-collision tls-handshake-stall",
        also_right=["per-source-penalty"],
    )
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, greedy, connect_s=2.5, handshake_s=3.0, requests=4, pause_s=p.pause_s)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

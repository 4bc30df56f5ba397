"""Reused ports meet the server's TIME-WAIT: the server closes first, and another host's SYN carries an older timestamp.

Linux answers such a SYN with an ACK of the old connection; the client resets it and tries again a second later.
"""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 20.0
    rate_per_s: float = 9.0
    ports: int = 40
    hosts: int = 12
    healthy: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(nat_ports=(30000, 30000 + p.ports - 1))
    await lab.watch("edge")
    ci = lab.source(topology.NAT, "troubled", "tcp-state-collision", "port-reuse-collision", "flood-control-trip tls-handshake-stall")
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, ci, f"{topology.INSIDE}{lab.rng.randint(1, p.hosts)}", connect_s=2.5, handshake_s=3.0, close="server")
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

"""A firewall drops every SYN whose source port was in use a short while ago.

Behind the NAT ports come back within seconds, so most reused ports fail and fresh ones never do.
"""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.flood import CoolDown
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 20.0
    rate_per_s: float = 6.0
    hold_s: float = 6.0
    ports: int = 40
    hosts: int = 8
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(nat_ports=(30000, 30000 + p.ports - 1))
    lab.rule(CoolDown(p.hold_s))
    await lab.watch("edge")
    ci = lab.source(topology.NAT, "troubled", "port-cool-down", "", "port-reuse-collision", mechanism="silent-drop")
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, ci, f"{topology.INSIDE}{lab.rng.randint(1, p.hosts)}", connect_s=2.5, handshake_s=3.0)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

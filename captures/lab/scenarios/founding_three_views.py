"""The founding incident, captured at the clients, behind the NAT and at the server at once.

Hosts behind one address use a small block of ports over and over. The clients close first, so reuse itself does no harm. Once a burst
of jobs starts, the control sees more SYNs than it allows and drops all of that source; healthy sources beside it are not touched.
"""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.flood import Penalty
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 18.0
    rate_per_s: float = 4.0
    burst_per_s: float = 30.0
    burst_s: float = 1.5
    penalty_s: float = 6.0
    limit: int = 16
    window_s: float = 1.0
    ports: int = 100
    hosts: int = 8
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(nat_ports=(30000, 30000 + p.ports - 1))
    lab.rule(Penalty(p.limit, p.window_s, p.penalty_s))
    for point in ("client", "edge", "server"):
        await lab.watch(point, "capture.pcap" if point == "edge" else f"{point}.pcap")
    ci = lab.source(topology.NAT, "troubled", "per-source-penalty", "flood-control-trip", "port-reuse-collision", mechanism="silent-drop")
    for at in lab.poisson(p.burst_per_s, 4.0, 4.0 + p.burst_s):
        lab.visit(at, ci, f"{topology.INSIDE}{lab.rng.randint(1, p.hosts)}", connect_s=2.5, handshake_s=3.0)
    for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, ci, f"{topology.INSIDE}{lab.rng.randint(1, p.hosts)}", connect_s=2.5, handshake_s=3.0)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

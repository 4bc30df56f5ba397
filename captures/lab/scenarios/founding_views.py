"""The founding incident, captured in five ways that lose something: one direction, from the middle, twice, cut, on two interfaces.

What happens is as in `founding_incident`. All captures are made at the edge, before the flood control, so that the blocked SYNs are in
each of them; `capture.pcap` is the whole one.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from captures.lab import topology
from captures.lab.flood import Penalty
from captures.lab.lab import Lab
from captures.lab.pcapng import merge

INWARD, OUTWARD = f"dst host {topology.SERVER}", f"src host {topology.SERVER}"


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 14.0
    rate_per_s: float = 4.0
    burst_per_s: float = 30.0
    burst_s: float = 1.5
    penalty_s: float = 6.0
    limit: int = 16
    window_s: float = 1.0
    ports: int = 100
    hosts: int = 8
    healthy: int = 3
    middle_s: float = 2.0


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """The two halves of the capture of two interfaces are joined at the end."""
    await lab.build(nat_ports=(30000, 30000 + p.ports - 1))
    lab.rule(Penalty(p.limit, p.window_s, p.penalty_s))
    await lab.watch()
    await lab.watch(name="one_direction.pcap", what=INWARD)
    await lab.watch(name="twice.pcap", interface="any")
    await lab.watch(name="cut.pcap", snaplen=96)
    halves = [lab.out / "inward.pcap", lab.out / "outward.pcap"]
    await lab.watch(name=halves[0].name, what=INWARD)
    await lab.watch(name=halves[1].name, interface="box", what=OUTWARD)
    lab.later(p.middle_s, partial(lab.watch, name="middle.pcap"))
    ci = lab.source(topology.NAT, "troubled", "per-source-penalty", "flood-control-trip", "port-reuse-collision", mechanism="silent-drop")
    for at in lab.poisson(p.burst_per_s, 4.0, 4.0 + p.burst_s) + lab.poisson(p.rate_per_s, 0, p.duration_s):
        lab.visit(at, ci, f"{topology.INSIDE}{lab.rng.randint(1, p.hosts)}", connect_s=2.5, handshake_s=3.0)
    lab.calm(p.healthy, 1.5, p.duration_s)
    told = await lab.play()
    merge(halves, lab.out / "two_interfaces.pcapng")
    for half in halves:
        half.unlink()
    return told

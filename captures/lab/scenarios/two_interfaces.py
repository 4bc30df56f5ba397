"""Healthy traffic of a router with two interfaces, Ethernet and a tunnel, in one pcapng file: IPv4 came in by one, IPv6 by the other."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.pcapng import merge
from captures.lab.truth import ALL_DETECTORS


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 8.0
    rate_per_s: float = 1.5
    sources: int = 3


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Two captures, joined when they are whole."""
    await lab.build()
    parts = [lab.out / "four.pcap", lab.out / "six.pcap"]
    await lab.watch("wall", parts[0].name, interface="lower", what="ip and tcp")
    await lab.watch("wall", parts[1].name, interface="box", what="ip6 and tcp")
    for number in range(1, p.sources + 1):
        for prefix in (topology.PUBLIC, topology.PUBLIC6):
            calm = lab.source(f"{prefix}{number}", "healthy", must_not=ALL_DETECTORS)
            for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
                lab.visit(at, calm)
    told = await lab.play()
    merge(parts, lab.out / "capture.pcapng")
    for part in parts:
        part.unlink()
    return told

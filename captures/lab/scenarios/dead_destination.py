"""A service whose packets are all swallowed (a host that is down, as seen from afar), while another one is well."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab

DEAD_PORT = 8443
RULES = f"""
table inet lab {{
    chain guard {{
        type filter hook input priority filter
        tcp dport {DEAD_PORT} drop
    }}
}}"""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 1.5
    sources: int = 3
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.rooms["server"].nft(RULES)
    await lab.watch("edge")
    for number in range(71, 71 + p.sources):
        lost = lab.source(
            f"{topology.PUBLIC}{number}", "troubled", "dead-destination", "", "port-reuse-collision flood-control-trip tls-handshake-stall"
        )
        for at in lab.poisson(p.rate_per_s, 0, p.duration_s):
            lab.visit(at, lost, dport=DEAD_PORT)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

"""The server's application accepts connections, acknowledges the ClientHello, and for a while says nothing."""

from dataclasses import dataclass
from typing import Any

from captures.lab.lab import Lab

BORDER_S = 0.5
"""This close to its ends the clocks do not say for sure whether a visit met the silence."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 15.0
    rate_per_s: float = 1.0
    from_s: float = 5.0
    until_s: float = 10.0
    sources: int = 5


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    zero = lab.clock()
    lab.server.mute = lambda now, peer: p.from_s <= now - zero < p.until_s
    await lab.watch("edge")
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    met = {visit.source for visit in lab.visits if p.from_s + BORDER_S <= visit.at_s < p.until_s - BORDER_S}
    for source in sorted(lab.sources.keys() - met):  # chance kept it away
        lab.visit((p.from_s + p.until_s) / 2, source)
    for one in lab.sources.values():
        one.role, one.cause, one.phase = "troubled", "server-application-stall", "no-server-hello"
        one.must_fire, one.must_not_fire = ["tls-handshake-stall"], ["port-reuse-collision", "flood-control-trip"]
    return await lab.play()

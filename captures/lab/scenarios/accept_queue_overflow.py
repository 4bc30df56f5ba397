"""The server's application stops accepting for a while, and its short accept queue fills."""

from dataclasses import dataclass
from typing import Any

from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 16.0
    rate_per_s: float = 1.5
    sources: int = 5
    backlog: int = 4
    from_s: float = 4.0
    until_s: float = 11.0


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build(backlog=p.backlog)
    zero = lab.clock()
    lab.server.accepts = lambda now: not p.from_s <= now - zero < p.until_s
    await lab.watch("server")
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    for source in lab.sources.values():
        source.role, source.cause, source.must_not_fire = "troubled", "server-overload", ["port-reuse-collision"]
    return await lab.play()

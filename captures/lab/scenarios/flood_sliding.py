"""A source opens connections too fast and is dropped until it has been quiet for a while: every blocked SYN prolongs the penalty."""

from dataclasses import dataclass
from typing import Any

from captures.lab import topology
from captures.lab.flood import Penalty
from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 29.5
    rate_per_s: float = 4.0
    burst_per_s: float = 30.0
    burst_s: float = 1.5
    penalty_s: float = 3.0
    limit: int = 16
    window_s: float = 1.0
    gives_up_s: float = 10.0
    quiet_s: float = 6.0
    quiet_again_s: float = 6.0
    healthy: int = 4


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """The source goes on trying in vain, gives up, comes back when it is forgiven, does it again and gives up at once."""
    await lab.build()
    lab.rule(Penalty(p.limit, p.window_s, p.penalty_s, sliding=True))
    await lab.watch("edge")
    fast = lab.source(
        f"{topology.PUBLIC}66", "troubled", "per-source-penalty", "flood-control-trip", "port-reuse-collision", mechanism="silent-drop"
    )
    back = p.gives_up_s + p.quiet_s
    again = back + 2.5
    stretches = [(p.rate_per_s, 0.0, p.gives_up_s), (p.burst_per_s, 2.0, 2.0 + p.burst_s)]
    stretches += [(p.rate_per_s, back, again), (p.burst_per_s, again, again + p.burst_s)]
    stretches += [(p.rate_per_s, again + p.burst_s + p.quiet_again_s, p.duration_s)]
    for at in [at for stretch in stretches for at in lab.poisson(*stretch)]:
        lab.visit(at, fast, connect_s=2.5, handshake_s=3.0)
    lab.calm(p.healthy, 1.5, p.duration_s)
    return await lab.play()

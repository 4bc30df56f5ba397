"""The server answers every SYN with a cookie; all goes well."""

from dataclasses import dataclass
from typing import Any

from captures.lab.lab import Lab


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 2.0
    sources: int = 5


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.rooms["server"].sysctl(net__ipv4__tcp_syncookies=2)
    await lab.watch("server")
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    return await lab.play()

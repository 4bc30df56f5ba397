"""Somebody floods the server with SYNs from addresses that are not theirs; real clients are served all the same."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from captures.lab import topology
from captures.lab.lab import Lab
from captures.lab.packet import SYN, tcp
from captures.lab.rules import Drop


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 10.0
    rate_per_s: float = 1.5
    sources: int = 4
    flood_per_s: float = 200.0
    flood_s: float = 4.0


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.rule(Drop(lambda packet, inward: not inward and packet.dst in spoofed, ""))
    spoofed = [f"{topology.PUBLIC}{number}" for number in range(210, 250)]
    for address in spoofed:
        lab.source(address, "harmless", must_not="port-reuse-collision tls-handshake-stall")
    for at in lab.poisson(p.flood_per_s, 3.0, 3.0 + p.flood_s):
        src, sport, seq = lab.rng.choice(spoofed), lab.rng.randint(1024, 65535), lab.rng.getrandbits(32)
        raw = tcp(src, sport, topology.SERVER, 443, seq=seq, flags=SYN, options=b"\x02\x04\x05\xb4", window=64240)
        lab.later(at, partial(lab.box.send, raw, True, 0.0))
    lab.notes["spoofed_syns"] = len(lab.chores)
    await lab.watch("server")
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    return await lab.play()

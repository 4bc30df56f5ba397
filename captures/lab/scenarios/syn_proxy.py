"""A firewall completes the TCP handshakes itself before it asks the server (nftables synproxy); all goes well."""

from dataclasses import dataclass
from typing import Any

from captures.lab.lab import Lab

RULES = """
table ip lab {
    chain early { type filter hook prerouting priority raw; iifname "box" tcp dport 443 tcp flags syn notrack; }
    chain guard {
        type filter hook forward priority filter;
        tcp dport 443 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
        ct state invalid drop
    }
}"""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What may be changed."""

    duration_s: float = 12.0
    rate_per_s: float = 2.0
    sources: int = 5


async def run(lab: Lab, p: Parameters) -> dict[str, Any]:
    """Build, plan, play."""
    await lab.build()
    lab.rooms["wall"].sysctl(net__netfilter__nf_conntrack_tcp_loose=0)
    lab.rooms["wall"].nft(RULES)
    await lab.watch("edge")
    lab.calm(p.sources, p.rate_per_s, p.duration_s)
    return await lab.play()

"""Names the documented allotments of source ports, and tells which of them a source's ports could come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

AZURE_BALANCER = "MicrosoftDocs/azure-docs, load-balancer-outbound-connections.md: preallocated ports by size of the pool"
AZURE_GATEWAY = "MicrosoftDocs/azure-docs, nat-gateway-resource.md: ports per address, reuse timers"
AWS_GATEWAY = "repost.aws, vpc-troubleshoot-nat-gateway-connection: 55,000 connections per destination"
GOOGLE = "Google Cloud NAT documentation: least ports per VM; TIME_WAIT 120 s, 30 s for new gateways since 2026"
LINUX = "Linux ip-sysctl: ip_local_port_range 32768 to 60999; connect() takes one parity first (commit 07f4c90062f8; measured)"
IANA = "RFC 6335 section 6: dynamic ports 49152 to 65535, the default of Windows and macOS"


@dataclass(frozen=True, slots=True)
class Profile:
    """How many ports one host may get towards one service, and how long a used one rests."""

    name: str
    ports: int
    source: str
    fin_s: float = 0.0
    """A port is given out again no sooner than this after both FINs; 0 where nothing is documented."""
    reset_s: float = 0.0
    """After a reset."""


PROFILES = (
    Profile("Azure load balancer (801 to 1000 hosts)", 32, AZURE_BALANCER),
    Profile("Azure load balancer (401 to 800 hosts)", 64, AZURE_BALANCER),
    Profile("Google Cloud NAT (least)", 64, GOOGLE, fin_s=30.0, reset_s=30.0),
    Profile("Azure load balancer (201 to 400 hosts)", 128, AZURE_BALANCER),
    Profile("Azure load balancer (101 to 200 hosts)", 256, AZURE_BALANCER),
    Profile("Azure load balancer (51 to 100 hosts)", 512, AZURE_BALANCER),
    Profile("Azure load balancer (up to 50 hosts)", 1024, AZURE_BALANCER),
    Profile("Linux (one parity)", 14116, LINUX),
    Profile("Windows or macOS", 16384, IANA),
    Profile("Linux", 28232, LINUX),
    Profile("AWS NAT gateway", 55000, AWS_GATEWAY),
    Profile("Azure NAT gateway", 64512, AZURE_GATEWAY, fin_s=65.0, reset_s=16.0),
)
"""Documented allotments, narrowest first."""


def fitting(used: int, most: float | None, fin_gap_s: float | None, reset_gap_s: float | None) -> Sequence[Profile]:
    """Profiles that a source's ports do not contradict; none where the pool has no upper bound.

    Parameters
    ----------
    used : int
        Ports seen: no pool is smaller.
    most : float or None
        Upper end of the interval of the effective pool.
    fin_gap_s, reset_gap_s : float or None
        Shortest time from the end of a connection (both FINs, a reset) to the reuse of its port: no rest is longer.
    """
    if most is None:
        return ()
    return tuple(
        profile
        for profile in PROFILES
        if used <= profile.ports <= most
        and (fin_gap_s is None or fin_gap_s >= profile.fin_s)
        and (reset_gap_s is None or reset_gap_s >= profile.reset_s)
    )

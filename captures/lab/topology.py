"""Builds the network: clients, their NAT, an edge, the middle box, a firewall and a server.

    clients --veth-- nat --veth-- edge --TUN-- [middle box] --TUN-- wall --veth-- server

All addresses come from the documentation ranges (RFC 5737, RFC 3849). Whole prefixes are local to the clients' namespace, so that
every inside host and every public source is a real kernel socket with an address of its own.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from captures.lab.namespaces import Namespace, wire

INSIDE, INSIDE6 = "192.0.2.", "2001:db8:1::"
"""Hosts behind the NAT: 192.0.2.1 to .191."""
PUBLIC, PUBLIC6 = "198.51.100.", "2001:db8:2::"
"""Sources with an address of their own: .1 to .199."""
NAT, SERVER, SERVER6, EDGE, EDGE6 = "198.51.100.200", "203.0.113.10", "2001:db8:3::10", "203.0.113.137", "2001:db8:f:2::2"
WALL, WALL6 = "203.0.113.1", "2001:db8:3::1"
"""The firewall behind the middle box, which speaks in its name: the edge would drop a packet from an address of its own as a martian."""
POINTS = {"client": ("clients", "out"), "edge": ("edge", "uplink"), "server": ("server", "in")}
"""Where one may capture: at the clients before the NAT; behind the NAT and before the middle box; at the server."""
TIMEOUTS = ("syn_sent", "syn_recv", "established", "fin_wait", "close_wait", "last_ack", "time_wait", "close")


@dataclass(frozen=True, slots=True)
class Network:
    """The rooms by name, and the two ends of the middle box."""

    rooms: dict[str, Namespace]
    outer: int
    inner: int


def build(stack: ExitStack, nat_ports: tuple[int, int] | None = None, nat_hold_s: int = 1) -> Network:
    """Build it all; the NAT forgets a closed connection after `nat_hold_s`, so that its ports come back soon."""
    rooms = {room: Namespace(room, stack) for room in ("clients", "nat", "edge", "wall", "server")}
    clients, nat, edge, wall, server = rooms.values()
    wire(clients, "out", nat, "lan")
    wire(nat, "wan", edge, "uplink")
    wire(wall, "lower", server, "in")
    outer, inner = edge.tun("box"), wall.tun("box")
    for room in rooms.values():
        room.sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1, net__ipv4__conf__all__rp_filter=0)
    _address(rooms)
    _translate(nat, nat_ports, nat_hold_s)
    return Network(rooms, outer, inner)


def _address(rooms: dict[str, Namespace]) -> None:
    clients, nat, edge, wall, server = rooms.values()
    clients.sysctl(net__ipv6__ip_nonlocal_bind=1, net__ipv4__tcp_timestamps=1)
    clients.ip("route add local 192.0.2.0/25 dev lo", "route add local 192.0.2.128/26 dev lo", "route add local 198.51.100.0/25 dev lo")
    clients.ip("route add local 198.51.100.128/26 dev lo", "route add local 198.51.100.192/29 dev lo")
    clients.ip(f"route add local {INSIDE6}/64 dev lo", f"route add local {PUBLIC6}/64 dev lo")
    clients.ip(*_link("out", "203.0.113.129/30", "2001:db8:f:1::1/64"), *_default("203.0.113.130", "2001:db8:f:1::2"))
    nat.ip(*_link("lan", "203.0.113.130/30", "2001:db8:f:1::2/64"), *_link("wan", "203.0.113.138/30", "2001:db8:f:2::1/64"))
    nat.ip(f"address add {NAT}/32 dev lo", *_default(EDGE, EDGE6), *_back("203.0.113.129", "2001:db8:f:1::1"))
    edge.ip(*_link("uplink", f"{EDGE}/30", f"{EDGE6}/64"), *_back("203.0.113.138", "2001:db8:f:2::1"))
    edge.ip("route add default dev box", "route add ::/0 dev box")
    wall.ip("route add default dev box", "route add ::/0 dev box", *_link("lower", f"{WALL}/26", f"{WALL6}/64"))
    server.ip(*_link("in", f"{SERVER}/26", f"{SERVER6}/64"), *_default(WALL, WALL6))


def _link(interface: str, four: str, six: str) -> list[str]:
    return [f"address add {four} dev {interface}", f"address add {six} dev {interface} nodad"]


def _default(four: str, six: str) -> list[str]:
    return [f"route add default via {four}", f"route add ::/0 via {six}"]


def _back(four: str, six: str) -> list[str]:
    prefixes = ("192.0.2.0/24", "198.51.100.0/24")
    return [*(f"route add {p} via {four}" for p in prefixes), *(f"route add {p}/64 via {six}" for p in (INSIDE6, PUBLIC6))]


def _translate(nat: Namespace, ports: tuple[int, int] | None, hold_s: int) -> None:
    block = f":{ports[0]}-{ports[1]}" if ports else ""
    nat.nft(f"""
        table ip lab {{
            chain out {{
                type nat hook postrouting priority srcnat;
                ip saddr 192.0.2.0/24 oifname "wan" meta l4proto tcp snat to {NAT}{block}
            }}
        }}""")
    holds = {f"net__netfilter__nf_conntrack_tcp_timeout_{state}": hold_s for state in TIMEOUTS[3:]}
    nat.sysctl(**holds, net__netfilter__nf_conntrack_tcp_timeout_syn_sent=3)

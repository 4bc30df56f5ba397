"""Connects as told and writes down what came of it."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from captures.lab.namespaces import Namespace
from captures.lab.tls import Channel

TCP_REPAIR = 19
QUIET_S = 0.3
"""Until then all is acknowledged: what arrived for a dead socket later would be answered with a reset."""
REFUSALS = {errno.ECONNREFUSED: "refused", errno.EHOSTUNREACH: "unreachable", errno.EACCES: "prohibited", errno.ECONNRESET: "reset"}


PLANNED = ("at_s", "source", "host", "dst", "dport", "version", "manner")
"""What the truth repeats of a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One connection attempt as planned: the same for the same seed."""

    at_s: float
    source: str
    """Address that the server will see."""
    host: str
    """Address of the socket: the source itself, or a host behind the NAT."""
    dst: str
    dport: int = 443
    sport: int = 0
    version: str = "1.3"
    manner: str = "tls"
    """tls; connect (and close at once); silent (connect, say nothing); stops (never answers the server's flight); distrust (refuse the
    certificate); large (a ClientHello of two segments); vanish (die without a word)."""
    close: str = "client"
    connect_s: float = 4.0
    handshake_s: float = 4.0
    requests: int = 1
    pause_s: float = 0.5
    request_bytes: int = 100


@dataclass(slots=True)
class Attempt:
    """One connection attempt as its client saw it."""

    plan: Visit
    start: float = 0.0
    inside_port: int = 0
    connect: str = "pending"
    connect_s: float | None = None
    tls: str = "none"
    tls_s: float | None = None
    sent: int = 0
    received: int = 0
    seen: tuple[str, int] | None = None
    """Source address and port behind the NAT."""
    end: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """For the truth."""
        plan = {name: value for name, value in asdict(self.plan).items() if name in PLANNED}
        facts = {name: value for name, value in asdict(self).items() if name not in ("plan", "seen", "more")}
        facts["start"] = round(self.start, 6)
        return plan | {"src": self.seen[0] if self.seen else None, "sport": self.seen[1] if self.seen else None} | facts | self.more


async def attempt(plan: Visit, room: Namespace, clock: Callable[[], float], contexts: Callable[[str, str], ssl.SSLContext]) -> Attempt:
    """Carry one plan out; never raises what the network does."""
    made = Attempt(plan)
    family = socket.AF_INET6 if ":" in plan.dst else socket.AF_INET
    with room.entered():
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    with sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((plan.host, plan.sport))
        except OSError:
            sock.bind((plan.host, 0))
        made.start = clock()
        made.connect = await _step(asyncio.get_running_loop().sock_connect(sock, (plan.dst, plan.dport)), plan.connect_s)
        made.connect_s = round(clock() - made.start, 6)
        made.inside_port = sock.getsockname()[1]
        if made.connect == "ok":
            await _talk(made, sock, clock, contexts)
    return made


async def _talk(made: Attempt, sock: socket.socket, clock: Callable[[], float], contexts: Callable[[str, str], ssl.SSLContext]) -> None:
    plan = made.plan
    if plan.manner == "connect":
        return
    if plan.manner == "silent":
        made.end = await _step(asyncio.get_running_loop().sock_recv(sock, 1), plan.handshake_s)
        return
    began, channel = clock(), Channel(sock, contexts(plan.version, plan.manner), server=False)
    work = channel.listen_only() if plan.manner == "stops" else channel.handshake()
    made.tls = {"ok": "complete", "timeout": "timeout"}.get(how := await _step(work, plan.handshake_s), "failed")
    made.tls_s, made.end = round(clock() - began, 6), how
    made.sent, made.received = channel.sent, channel.received
    if made.tls == "complete":
        made.end = await _step(_ask(channel, plan, sock), plan.handshake_s + plan.requests * plan.pause_s)


async def _ask(channel: Channel, plan: Visit, sock: socket.socket) -> None:
    for number in range(plan.requests):
        last = number == plan.requests - 1
        letter = b"S" if last and plan.close == "server" else b"C"
        await channel.send(letter.ljust(plan.request_bytes, b"q"))
        await channel.receive()
        if not last:
            await asyncio.sleep(plan.pause_s)
    if plan.manner == "vanish":
        await asyncio.sleep(QUIET_S)
        sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)  # a socket in repair is closed without a packet, as a host dies
        return
    if plan.close == "server":
        await channel.receive()
        return
    await channel.goodbye()
    sock.shutdown(socket.SHUT_WR)
    while await asyncio.get_running_loop().sock_recv(sock, 4096):
        pass


async def _step(work: Any, limit_s: float) -> str:
    try:
        await asyncio.wait_for(work, limit_s)
    except TimeoutError:
        return "timeout"
    except ssl.SSLError as error:
        return f"alert: {error.reason}"
    except OSError as error:
        return REFUSALS.get(error.errno or 0, "reset" if isinstance(error, ConnectionError) else "unreachable")
    return "ok"

"""Serves TLS on real kernel sockets, or misbehaves as told, and logs how far each connection came."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from captures.lab.tls import Channel

PATIENCE_S = 12.0


@dataclass(slots=True)
class Server:
    """One service. A request's first letter says who closes first: S the server, C the client."""

    context: ssl.SSLContext
    clock: Callable[[], float]
    mute: Callable[[float, str], bool] = lambda now, peer: False
    """Whether to accept a connection at this time from this peer, and never to answer it."""
    accepts: Callable[[float], bool] = lambda now: True
    """Whether the application takes connections off the accept queue at this time."""
    reply_bytes: int = 200
    log: list[dict[str, Any]] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def listen(self, sock: socket.socket) -> None:
        """Accept until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            while not self.accepts(self.clock()):
                await asyncio.sleep(0.05)
            peer_sock, peer = await loop.sock_accept(sock)
            task = loop.create_task(self._serve(peer_sock, peer[0], peer[1]))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _serve(self, sock: socket.socket, peer: str, port: int) -> None:
        entry = {"t": round(self.clock(), 6), "src": peer, "sport": port, "received": 0, "sent": 0, "tls": False}
        self.log.append(entry)
        channel = Channel(sock, self.context, server=True)
        with sock, contextlib.suppress(OSError, ssl.SSLError, TimeoutError):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    if self.mute(self.clock(), peer):
                        await self._say_nothing(sock, entry)
                        return
                    await channel.handshake()
                    entry["tls"] = True
                    await self._answer(channel, sock)
            finally:
                entry["received"] = entry["received"] or channel.received
                entry["sent"] = channel.sent

    async def _say_nothing(self, sock: socket.socket, entry: dict[str, Any]) -> None:
        while data := await asyncio.get_running_loop().sock_recv(sock, 65536):
            entry["received"] += len(data)

    async def _answer(self, channel: Channel, sock: socket.socket) -> None:
        while request := await channel.receive():
            await channel.send(b"r" * self.reply_bytes)
            if request[:1] == b"S":
                await channel.goodbye()
                sock.shutdown(socket.SHUT_WR)
                break
        while await asyncio.get_running_loop().sock_recv(sock, 4096):
            pass  # whoever said goodbye first shall also be first to send its FIN

"""What a scenario works with: a network, a server, sources, visits, rules of the middle box, and the truth that they add up to."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from captures.lab import recording, topology
from captures.lab.box import Box, Rule
from captures.lab.client import Attempt, Visit, attempt
from captures.lab.namespaces import PREFIX
from captures.lab.server import Server
from captures.lab.tls import certificate, client_context, server_context
from captures.lab.translations import Translations
from captures.lab.truth import ALL_DETECTORS, Source, truth

SETTLE_S = 0.5
SLOWEST = 120.0
"""No scenario runs longer than this, whatever its parameters are."""


class Lab:
    """One run of one scenario."""

    def __init__(self, stack: ExitStack, out: Path, seed: int) -> None:
        self.stack, self.out, self.rng, self.seed = stack, out, random.Random(seed), seed  # noqa: S311
        self.zero = self.zero_ns = 0.0
        self.sources: dict[str, Source] = {}
        self.visits: list[Visit] = []
        self.controls: list[Any] = []
        self.chores: list[tuple[float, Callable[[], Any]]] = []
        self.recordings: list[recording.Recording] = []
        self.notes: dict[str, Any] = {}
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}
        self._translations = Translations()

    def clock(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.zero

    async def build(
        self, *, names: int = 1, lowest: str = "1.2", tickets: int = 0, backlog: int = 512, delay_s: float = 0.002, **network: Any
    ) -> None:
        """Make the network, the middle box and the server."""
        self.zero, self.zero_ns = time.monotonic(), time.time_ns()
        self.network = topology.build(self.stack, **network)
        self.rooms = self.network.rooms
        self.box = Box(self.network.outer, self.network.inner, self.clock, delay_s)
        self.box.start()
        self.stack.callback(self.box.stop)
        with self.rooms["nat"].entered():
            self._translations.listen()
        self.stack.callback(self._translations.close)
        self.pem = certificate(Path(self.stack.enter_context(TemporaryDirectory(prefix=f"{PREFIX}-{os.getpid()}-"))), names)
        self.server = Server(server_context(self.pem, lowest, tickets), self.clock)
        for family, address in ((socket.AF_INET, topology.SERVER), (socket.AF_INET6, topology.SERVER6)):
            with self.rooms["server"].entered():
                sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            self.stack.callback(sock.close)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, 443))
            sock.listen(backlog)
            task = asyncio.get_running_loop().create_task(self.server.listen(sock))
            self.stack.callback(task.cancel)

    async def watch(self, point: str = "edge", name: str = "capture.pcap", interface: str = "", **more: Any) -> None:
        """Record at one of the points: client, edge, server; or in a room, at one interface or `any`."""
        room, usual = topology.POINTS.get(point, (point, "any"))
        self.recordings.append(await recording.record(self.rooms[room], interface or usual, self.out / name, **more))
        self.stack.callback(self.recordings[-1].kill)

    def rule(self, rule: Rule) -> None:
        """Add a rule to the middle box; a flood control's episodes become part of the truth."""
        self.box.rules.append(rule)
        if hasattr(rule, "episodes"):
            self.controls.append(rule)

    def source(self, address: str, role: str, cause: str | None = None, must: str = "", must_not: str = "", **more: Any) -> str:
        """Say what a source is, and what will be true of it."""
        self.sources[address] = Source(address, role, cause, must.split(), must_not.split(), **more)
        return address

    def visit(self, at_s: float, source: str, host: str = "", dst: str = "", **more: Any) -> None:
        """Plan a connection attempt."""
        dst = dst or (topology.SERVER6 if ":" in source else topology.SERVER)
        self.visits.append(Visit(at_s=round(at_s, 4), source=source, host=host or source, dst=dst, **more))

    def calm(self, count: int, rate_per_s: float, until_s: float, first: int = 1, **more: Any) -> None:
        """Healthy sources beside it all, each with an address of its own."""
        for number in range(first, first + count):
            source = self.source(f"{topology.PUBLIC}{number}", "healthy", must_not=ALL_DETECTORS)
            for at in self.poisson(rate_per_s, 0, until_s):
                self.visit(at, source, **more)

    def later(self, at_s: float, chore: Callable[[], Any]) -> None:
        """Do something during the run; if it returns an awaitable, that is awaited."""
        self.chores.append((at_s, chore))

    def dice(self) -> random.Random:
        """Chance of its own for what happens while packets flow, so that it never disturbs what is planned."""
        return random.Random(self.rng.getrandbits(64))  # noqa: S311

    def poisson(self, rate_per_s: float, start_s: float, end_s: float) -> list[float]:
        """Times of independent arrivals."""
        times, at = [], start_s
        while (at := at + self.rng.expovariate(rate_per_s)) < end_s:
            times.append(at)
        return times

    async def play(self) -> dict[str, Any]:
        """Carry all visits out, and add up the truth."""
        begun = self.clock() + 0.1
        async with asyncio.timeout(SLOWEST):
            chores = asyncio.gather(*(self._do(begun + at_s, chore) for at_s, chore in self.chores))
            made = await asyncio.gather(*(self._visit(begun, visit) for visit in sorted(self.visits, key=lambda one: one.at_s)))
            await chores
            for task in list(self.server.tasks):
                task.cancel()
            await asyncio.sleep(SETTLE_S)
            for one in self.recordings:
                await one.stop()
        return truth(self, made)

    async def _do(self, at: float, chore: Callable[[], Any]) -> None:
        await asyncio.sleep(max(0.0, at - self.clock()))
        done = chore()
        if done is not None:
            await done

    async def _visit(self, begun: float, plan: Visit) -> Attempt:
        await asyncio.sleep(max(0.0, begun + plan.at_s - self.clock()))
        made = await attempt(plan, self.rooms["clients"], self.clock, self._context)
        inside = (plan.host, made.inside_port, plan.dst, plan.dport)
        made.seen = (plan.source, made.inside_port) if plan.host == plan.source else self._translations.public(inside)
        return made

    def _context(self, version: str, manner: str) -> ssl.SSLContext:
        if (version, manner) not in self._contexts:
            trust = None if manner == "distrust" else self.pem
            self._contexts[version, manner] = client_context(version, trust, manner == "large")
        return self._contexts[version, manner]

"""Passes packets between the edge and the wall, in user space, and asks its rules about each.

What a rule did is written to the log as it happens: that log is the truth about drops, blocks and penalties.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from captures.lab.packet import Packet, parse

LARGEST = 65535
BATCH = 64


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a packet: whether it goes on, how much later, how often, and what its sender or receiver is told."""

    drop: bool = False
    delay_s: float = 0.0
    copies: int = 1
    back: bytes = b""
    onward: bytes = b""
    word: str = ""
    """What the log calls it; empty: not logged."""


class Rule(Protocol):
    """Decides about packets; `inward` is from a client to the server."""

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """None: nothing to say."""


@dataclass(slots=True)
class Box:
    """The middle box: two TUN devices, rules in order, and a log."""

    outer: int
    inner: int
    clock: Callable[[], float]
    delay_s: float = 0.002
    rules: list[Rule] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0
    """Packets that a full device could not take: none, or the truth is not the whole truth."""

    def start(self) -> None:
        """Begin to pass packets, on the running event loop."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self.outer, self._read, self.outer, True)
        loop.add_reader(self.inner, self._read, self.inner, False)

    def stop(self) -> None:
        """Pass nothing more."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.outer)
        loop.remove_reader(self.inner)

    def _read(self, device: int, inward: bool) -> None:
        for _ in range(BATCH):
            try:
                raw = os.read(device, LARGEST)
            except BlockingIOError:
                return
            self.take(raw, inward)

    def take(self, raw: bytes, inward: bool) -> None:
        """Judge one packet and send it on."""
        packet = parse(raw)
        if packet is None or "ff02:" in packet.dst or packet.src.startswith("fe80:"):
            return
        now, delay, copies = self.clock(), self.delay_s, 1
        for rule in self.rules:
            judgement = rule.judge(now, packet, inward)
            if judgement is None:
                continue
            if judgement.word:
                self._note(now, judgement, packet, inward)
            if judgement.back:
                self.send(judgement.back, not inward, self.delay_s)
            if judgement.onward:
                self.send(judgement.onward, inward, self.delay_s)
            if judgement.drop:
                return
            delay, copies = delay + judgement.delay_s, max(copies, judgement.copies)
        for _ in range(copies):
            self.send(raw, inward, delay)

    def send(self, raw: bytes, inward: bool, delay_s: float) -> None:
        """Put a packet on one side, later."""
        asyncio.get_running_loop().call_later(delay_s, self._write, self.inner if inward else self.outer, raw)

    def _write(self, device: int, raw: bytes) -> None:
        try:
            os.write(device, raw)
        except BlockingIOError:
            self.lost += 1
        except OSError:  # its namespace is being taken down
            return

    def _note(self, now: float, judgement: Judgement, packet: Packet, inward: bool) -> None:
        src, sport, dst, dport = packet.key(inward)
        what = {"t": round(now, 6), "word": judgement.word, "src": src, "sport": sport, "dst": dst, "dport": dport}
        self.log.append(what | {"inward": inward, "syn": packet.opens, "seq": packet.seq, "bytes": len(packet.payload)})

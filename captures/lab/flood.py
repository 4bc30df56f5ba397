"""Flood controls as they are configured in the field; each logs whom it blocked, since when and until when."""

from __future__ import annotations

import ipaddress
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from captures.lab.box import Judgement
from captures.lab.packet import FIN, RST, Packet, prohibited, reset
from captures.lab.topology import WALL, WALL6

ACTIONS = ("drop", "reset", "icmp")
KEYS = ("source", "source+port", "prefix")
PREFIX_BITS = {4: 28, 6: 64}


def key_of(packet: Packet, keyed_by: str) -> str:
    """Whom a control counts and blocks."""
    if keyed_by == "source":
        return packet.src
    if keyed_by == "source+port":
        return f"{packet.src} port {packet.sport}"
    return str(ipaddress.ip_network(f"{packet.src}/{PREFIX_BITS[packet.version]}", strict=False))


def refuse(action: str, packet: Packet) -> Judgement:
    """Drop a SYN, saying so or not."""
    if action == "reset":
        return Judgement(drop=True, back=reset(packet), word="blocked")
    if action == "icmp":
        return Judgement(drop=True, back=prohibited(packet, WALL6 if packet.version == 6 else WALL), word="blocked")
    return Judgement(drop=True, word="blocked")


@dataclass(slots=True)
class Penalty:
    """Blocks a key for `penalty_s` after more than `limit` SYNs within `window_s`.

    A blocked SYN does not count, and prolongs the penalty only if that is `sliding`: nftables sets do both, by `add` and by `update`.
    """

    limit: int
    window_s: float
    penalty_s: float
    keyed_by: str = "source"
    action: str = "drop"
    sliding: bool = False
    episodes: list[dict[str, Any]] = field(default_factory=list)
    _seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _until: dict[str, dict[str, Any]] = field(default_factory=dict)

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """Counts every SYN, repetitions too."""
        if not inward or not packet.opens:
            return None
        key = key_of(packet, self.keyed_by)
        episode = self._until.get(key)
        if episode is None or now >= episode["until"]:
            seen = self._seen[key]
            seen.append(now)
            while seen[0] <= now - self.window_s:
                seen.popleft()
            if len(seen) <= self.limit:
                return None
            episode = {"key": key, "start": round(now, 6), "until": round(now + self.penalty_s, 6), "blocked": 0}
            seen.clear()
            self.episodes.append(episode)
            self._until[key] = episode
        elif self.sliding:
            episode["until"] = round(now + self.penalty_s, 6)
        episode["blocked"] += 1
        return refuse(self.action, packet)


@dataclass(slots=True)
class TokenBucket:
    """Lets `rate_per_s` SYNs of a key pass, and `burst` more at once."""

    rate_per_s: float
    burst: int
    keyed_by: str = "source"
    action: str = "drop"
    episodes: list[dict[str, Any]] = field(default_factory=list)
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _open: dict[str, dict[str, Any]] = field(default_factory=dict)

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """An episode is a stretch with blocked SYNs and less than a second between them."""
        if not inward or not packet.opens:
            return None
        key = key_of(packet, self.keyed_by)
        left, since = self._left.get(key, (float(self.burst), now))
        left = min(self.burst, left + (now - since) * self.rate_per_s)
        if left >= 1:
            self._left[key] = left - 1, now
            return None
        self._left[key] = left, now
        note(self._open, self.episodes, key, now)
        return refuse(self.action, packet)


@dataclass(slots=True)
class ConnectionLimit:
    """Refuses SYNs of a key that has `most` connections open."""

    most: int
    keyed_by: str = "source"
    action: str = "reset"
    episodes: list[dict[str, Any]] = field(default_factory=list)
    _connections: dict[str, set[tuple[str, int, str, int]]] = field(default_factory=lambda: defaultdict(set))
    _open: dict[str, dict[str, Any]] = field(default_factory=dict)

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """A connection is open from its SYN to the first FIN or RST."""
        connection = packet.key(inward)
        key = key_of(packet, self.keyed_by) if inward else ""
        if packet.flags & (FIN | RST):
            for held in self._connections.values():
                held.discard(connection)
            return None
        if not inward or not packet.opens or connection in self._connections[key]:
            return None
        if len(self._connections[key]) < self.most:
            self._connections[key].add(connection)
            return None
        note(self._open, self.episodes, key, now)
        return refuse(self.action, packet)


@dataclass(slots=True)
class CoolDown:
    """Drops a SYN from a source port that was in use less than `hold_s` ago."""

    hold_s: float
    action: str = "drop"
    episodes: list[dict[str, Any]] = field(default_factory=list)
    _used: dict[tuple[str, int, str, int], tuple[float, int]] = field(default_factory=dict)
    _open: dict[str, dict[str, Any]] = field(default_factory=dict)

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """A blocked SYN does not count as use."""
        key = packet.key(inward)
        used = self._used.get(key)
        if inward and packet.opens:
            if used and used[1] != packet.seq and now < used[0] + self.hold_s:
                note(self._open, self.episodes, f"{packet.src} port {packet.sport}", now)
                return refuse(self.action, packet)
            self._used[key] = now, packet.seq
        elif used:
            self._used[key] = now, used[1]
        return None


def note(running: dict[str, dict[str, Any]], episodes: list[dict[str, Any]], key: str, now: float, apart_s: float = 1.0) -> None:
    """Add a blocked SYN to the key's episode, or begin one."""
    episode = running.get(key)
    if episode is None or now > episode["until"] + apart_s:
        episode = {"key": key, "start": round(now, 6), "until": now, "blocked": 0}
        running[key] = episode
        episodes.append(episode)
    episode["until"] = round(now, 6)
    episode["blocked"] += 1

"""What a path does to packets: loss, reordering, a limit on their size, resets that nobody asked for, lost parts of a handshake."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from captures.lab.box import Judgement
from captures.lab.packet import RST, Packet, forged_reset

Chooses = Callable[[Packet, bool], bool]


@dataclass(slots=True)
class Loss:
    """Loses packets at random, each way."""

    rng: random.Random
    share: float

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """Independent of who sends, and when."""
        return Judgement(drop=True, word="lost") if self.rng.random() < self.share else None


@dataclass(slots=True)
class Reorder:
    """Holds some packets back."""

    rng: random.Random
    share: float
    delay_s: float

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """Later ones overtake them."""
        return Judgement(delay_s=self.delay_s) if self.rng.random() < self.share else None


@dataclass(slots=True)
class BlackHole:
    """Drops what is larger than the path takes, and tells nobody."""

    mtu: int
    chooses: Chooses

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """Only for chosen clients, so that others stay healthy."""
        return Judgement(drop=True, word="too-big") if len(packet.raw) > self.mtu and self.chooses(packet, inward) else None


@dataclass(slots=True)
class Drop:
    """Drops chosen packets."""

    chooses: Chooses
    word: str

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """The choice is all."""
        return Judgement(drop=True, word=self.word) if self.chooses(packet, inward) else None


@dataclass(slots=True)
class SecondSegment:
    """Drops the second segment of a ClientHello and all repetitions of it."""

    chooses: Chooses
    _after: dict[tuple[str, int, str, int], int] = field(default_factory=dict)

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """All data behind the first segment is dropped."""
        if not inward or not packet.payload or not self.chooses(packet, inward):
            return None
        key = packet.key(inward)
        if packet.opens or (packet.hello and key not in self._after):
            self._after[key] = packet.seq
        first = self._after.get(key, packet.seq)
        return Judgement(drop=True, word="second-segment-lost") if packet.seq != first else None


@dataclass(slots=True)
class InjectReset:
    """Answers chosen packets with a reset in the server's name, tells the server the same, and lets them pass."""

    chooses: Chooses
    ttl: int

    def judge(self, now: float, packet: Packet, inward: bool) -> Judgement | None:
        """The client believes it; so does the server."""
        if not self.chooses(packet, inward) or packet.flags & RST:
            return None
        return Judgement(back=forged_reset(packet, self.ttl), drop=True, word="reset-injected")

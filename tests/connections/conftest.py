"""Builds packet rows and TLS bytes by hand, so that each test says exactly what was on the wire."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from netdiag.connections.columns import Columns
from netdiag.connections.derived import derived
from netdiag.connections.tracker import Tracker
from netdiag.packets.packet import ACK, FIN, PACKET, PSH, RST, SYN, Layer, Option

CLIENT, SERVER = (0xFFFF << 32 | 0x0A090001, 40000), (0xFFFF << 32 | 0x0A090002, 443)
MS = 1_000_000


class Wire:
    """Packets of a capture, added one by one; `table()` is what the tracker makes of them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.payload = bytearray()
        self.now = 1_700_000_000_000_000_000
        self.ip_id = 0

    def packet(
        self, src: tuple[int, int], dst: tuple[int, int], flags: int, seq: int, ack: int = 0, data: bytes = b"", **more: Any
    ) -> None:
        """One TCP segment, 1 ms after the one before unless `after_ms` says otherwise."""
        self.now += int(more.pop("after_ms", 1) * MS)
        self.ip_id = (self.ip_id + 1) & 0xFFFF
        captured = more.pop("captured", len(data))
        row = {
            "ts_ns": self.now, "ref": len(self.rows) + 1, "src_lo": src[0], "sport": src[1], "dst_lo": dst[0], "dport": dst[1],
            "flags": flags, "seq": seq & 0xFFFFFFFF, "ack": ack & 0xFFFFFFFF, "payload": len(data), "captured": captured,
            "payload_at": len(self.payload), "proto": 6, "version": 4, "ttl": 64, "window": 1000, "layers": int(Layer.TCP),
            "ip_id": self.ip_id,
        } | more  # fmt: skip
        if "tsval" in more:
            row["options"] = row.get("options", 0) | int(Option.TIMESTAMPS)
        self.payload += data[:captured]
        self.rows.append(row)

    def out(self, flags: int, seq: int, ack: int = 0, data: bytes = b"", port: int = CLIENT[1], **more: Any) -> None:
        """A segment from the client."""
        self.packet((CLIENT[0], port), SERVER, flags, seq, ack, data, **more)

    def back(self, flags: int, seq: int, ack: int = 0, data: bytes = b"", port: int = CLIENT[1], **more: Any) -> None:
        """A segment from the server."""
        self.packet(SERVER, (CLIENT[0], port), flags, seq, ack, data, **more)

    def opened(self, isn: int = 1000, peer_isn: int = 5000, **more: Any) -> None:
        """A three-way handshake."""
        self.out(SYN, isn, **more)
        self.back(SYN | ACK, peer_isn, isn + 1, **more)
        self.out(ACK, isn + 1, peer_isn + 1, **more)

    def closed(self, seq: int, ack: int, **more: Any) -> None:
        """FIN from both sides, the client first."""
        self.out(FIN | ACK, seq, ack, **more)
        self.back(FIN | ACK, ack, seq + 1, **more)
        self.out(ACK, seq + 1, ack + 1, **more)

    def packets(self) -> Any:
        """The rows as PACKET."""
        rows = np.zeros(len(self.rows), PACKET)
        for target, source in zip(rows, self.rows, strict=True):
            for name, value in source.items():
                target[name] = value
        return rows

    def tracker(self, cuts: Iterable[int] = ()) -> Tracker:
        """A tracker that got the packets in batches cut at the given places."""
        tracker, rows, buffer = Tracker(1), self.packets(), np.frombuffer(bytes(self.payload) + b"\0", np.uint8).copy()
        edges = [0, *sorted(cuts), len(rows)]
        for start, end in itertools.pairwise(edges):
            tracker.feed(rows[start:end], buffer)
        return tracker

    def columns(self) -> Columns:
        """The connections."""
        return derived(self.tracker().state)

    def table(self) -> Any:
        """The connections as a DataFrame."""
        return self.columns().frame

    def only(self) -> Any:
        """The only connection."""
        table = self.table()
        assert len(table) == 1
        return table.iloc[0]


def record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    """A TLS record."""
    return struct.pack("!BHH", kind, version, len(body)) + body


def message(kind: int, body: bytes) -> bytes:
    """A handshake message."""
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def extension(kind: int, body: bytes) -> bytes:
    """A hello extension."""
    return struct.pack("!HH", kind, len(body)) + body


def client_hello(name: bytes = b"app.example", alpn: tuple[bytes, ...] = (b"h2", b"http/1.1"), pad: int = 0, early: bool = False) -> bytes:
    """A ClientHello message."""
    extensions = b""
    if name:
        extensions += extension(0, struct.pack("!HBH", len(name) + 3, 0, len(name)) + name)
    if alpn:
        offers = b"".join(bytes([len(offer)]) + offer for offer in alpn)
        extensions += extension(16, struct.pack("!H", len(offers)) + offers)
    if early:
        extensions += extension(42, b"")
    if pad:
        extensions += extension(21, bytes(pad))
    body = b"\x03\x03" + bytes(range(32)) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + struct.pack("!H", len(extensions)) + extensions
    return message(1, body)


def server_hello(version: int = 0x0304, retry: bool = False) -> bytes:
    """A ServerHello message; with `retry` a HelloRetryRequest."""
    random = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c") if retry else bytes(32)
    extensions = extension(43, b"\x03\x04") if version == 0x0304 else b""
    legacy = min(version, 0x0303)
    return message(
        2, struct.pack("!H", legacy) + random + b"\x00" + b"\x13\x01" + b"\x00" + struct.pack("!H", len(extensions)) + extensions
    )


class Talk:
    """A TLS conversation over one connection of a Wire; keeps both sequence numbers."""

    def __init__(self, wire: Wire, isn: int = 1000, peer_isn: int = 5000) -> None:
        self.wire, self.seq, self.peer = wire, isn + 1, peer_isn + 1
        wire.opened(isn, peer_isn)

    def client(self, data: bytes, acked: bool = True, **more: Any) -> None:
        """Client bytes, acknowledged by the server."""
        self.wire.out(ACK | PSH, self.seq, self.peer, data, **more)
        self.seq += len(data)
        if acked:
            self.wire.back(ACK, self.peer, self.seq)

    def server(self, data: bytes, acked: bool = True, **more: Any) -> None:
        """Server bytes, acknowledged by the client."""
        self.wire.back(ACK | PSH, self.peer, self.seq, data, **more)
        self.peer += len(data)
        if acked:
            self.wire.out(ACK, self.seq, self.peer)

    def reset(self, by_client: bool = True) -> None:
        """RST from one side."""
        if by_client:
            self.wire.out(RST | ACK, self.seq, self.peer)
        else:
            self.wire.back(RST | ACK, self.peer, self.seq)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def talk(wire: Wire) -> Talk:
    return Talk(wire)


@pytest.fixture
def tls() -> Any:
    """Builders of TLS bytes."""

    class Builders:
        pass

    for build in (record, message, extension, client_hello, server_hello):
        setattr(Builders, build.__name__, staticmethod(build))
    return Builders

"""Hears from the NAT which public port each inside connection got: conntrack's own events, over netlink."""

from __future__ import annotations

import socket
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

NETLINK_NETFILTER, NEW_CONNECTIONS = 12, 1
TUPLE_ORIG, TUPLE_REPLY, TUPLE_IP, TUPLE_PROTO = 1, 2, 1, 2
BUFFER = 8 << 20
Ends = tuple[str, int, str, int]


@dataclass(slots=True)
class Translations:
    """What the NAT made of (inside address, port, destination, port), in the order it happened."""

    handle: socket.socket | None = None
    heard: dict[Ends, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))

    def listen(self) -> None:
        """Begin to listen; to be called inside the NAT's namespace."""
        self.handle = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_NETFILTER)
        self.handle.setsockopt(socket.SOL_SOCKET, 33, BUFFER)  # SO_RCVBUFFORCE
        self.handle.bind((0, NEW_CONNECTIONS))

    def drain(self) -> None:
        """Take in what was said since."""
        while self.handle:
            try:
                message = self.handle.recv(65536)
            except BlockingIOError:
                return
            for inside, public in events(message):
                self.heard[inside].append(public)

    def close(self) -> None:
        """Stop listening."""
        if self.handle:
            self.handle.close()
            self.handle = None

    def public(self, inside: Ends) -> tuple[str, int] | None:
        """The latest public address and port of a connection, None if the NAT never let it through."""
        self.drain()
        return self.heard[inside][-1] if inside in self.heard else None


def events(message: bytes) -> Iterator[tuple[Ends, tuple[str, int]]]:
    """New connections of a netlink message: inside ends, and the public source they got."""
    at = 0
    while at + 20 <= len(message):
        length = struct.unpack_from("=I", message, at)[0]
        tuples = dict(_attributes(message[at + 20 : at + length]))
        if TUPLE_ORIG in tuples and TUPLE_REPLY in tuples:
            inside, back = _ends(tuples[TUPLE_ORIG]), _ends(tuples[TUPLE_REPLY])
            if inside and back:
                yield inside, back[2:]
        at += max(20, (length + 3) & ~3)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        yield kind & 0x3FFF, data[at + 4 : at + length]
        at += max(4, (length + 3) & ~3)


def _ends(data: bytes) -> Ends | None:
    outer = dict(_attributes(data))
    addresses, ports = dict(_attributes(outer.get(TUPLE_IP, b""))), dict(_attributes(outer.get(TUPLE_PROTO, b"")))
    if ports.get(1, b"")[:1] != b"\x06":
        return None
    src, dst = (addresses.get(1), addresses.get(2)) if 1 in addresses else (addresses.get(3), addresses.get(4))
    if src is None or dst is None:
        return None
    family = socket.AF_INET if len(src) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, src), int.from_bytes(ports[2]), socket.inet_ntop(family, dst), int.from_bytes(ports[3])

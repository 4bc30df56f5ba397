"""Writes captures that look like a TLS service's traffic, fast enough to benchmark with: `python traffic.py OUT.pcap`.

Many clients hold whole connections at once: TCP handshake with usual options, TLS 1.3 or 1.2 handshake with the
server's flight over several segments, requests and answers of varying size, FIN both ways; one in ten over IPv6, one in
seven TLS 1.2. The same seed gives the same bytes. With `--syn-flood` every packet is the first and last of its flow, with `--brief`
every connection is reset as soon as it is open.
Everything is computed over arrays of packets, an epoch of connections at a time: memory does not grow with the file.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import messages
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PACKET = np.dtype(
    [
        ("ns", "i8"),
        ("client", "u4"),  # last 32 bits of its address
        ("server", "u4"),
        ("port", "u2"),
        ("v6", "?"),
        ("tls12", "?"),
        ("up", "?"),  # from client to server
        ("flags", "u1"),
        ("seq", "u4"),
        ("ack", "u4"),
        ("tsval", "u4"),
        ("tsecr", "u4"),
        ("ip_id", "u2"),
        ("payload", "i4"),
        ("message", "u1"),  # what the payload is, one of the names below
        ("at", "i4"),  # offset of the payload in the message
        ("record", "i4"),  # size of the application-data record that begins here, 0 if none does
        ("name", "u2"),
        ("salt", "u4"),  # where the connection's random bytes lie in the pool
    ]
)
OPAQUE, CLIENT_HELLO, SERVER_FLIGHT, CLIENT_FINISH, SERVER_FINISH = range(5)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

ETHERNET = [("mac", "V12"), ("ethertype", ">u2")]
IPV4 = [("version", "u1"), ("tos", "u1"), ("length", ">u2"), ("id", ">u2"), ("fragment", ">u2"), ("ttl", "u1"), ("protocol", "u1")]
IPV4 += [("checksum", ">u2"), ("src", ">u4"), ("dst", ">u4")]
IPV6 = [("version", ">u4"), ("length", ">u2"), ("protocol", "u1"), ("ttl", "u1"), ("src_net", "V12"), ("src", ">u4")]
IPV6 += [("dst_net", "V12"), ("dst", ">u4")]
TCP = [("sport", ">u2"), ("dport", ">u2"), ("seq", ">u4"), ("ack", ">u4"), ("header", "u1"), ("flags", "u1"), ("window", ">u2")]
TCP += [("tcp_checksum", ">u2"), ("urgent", ">u2")]
SYN_OPTIONS = [("options", "V8"), ("tsval", ">u4"), ("tsecr", ">u4"), ("after", "V4")]  # MSS, SACK permitted, timestamps, window scale
OPTIONS = [("options", "V4"), ("tsval", ">u4"), ("tsecr", ">u4")]
PCAP = [("seconds", "<u4"), ("micros", "<u4"), ("captured", "<u4"), ("wire", "<u4")]

START_NS = 1_700_000_000_000_000_000
EPOCH = 16384
"""Connections planned at once."""
RATE = 2000
"""Connections per second."""
FLOOD_RATE, BRIEF_RATE = 500_000, 10_000
BLOCK = 1 << 16
"""Packets rendered at once."""
CLIENTS, SERVERS, PORTS = 4096, 24, 60000
BRIEF_CLIENTS, BRIEF = 60_000, (SYN, SYN | ACK, ACK, RST | ACK)
NAMES = 96
MOST = 16384 + 5
"""An answer is one TLS record."""
POOL = 1 << 21
HEAD, TAIL = 11, 3
"""Packets of a connection before the first request, and after the last answer."""


def plan(rng: np.random.Generator, first: int, count: int, scale: float) -> Array:
    """Packets of `count` connections, the first of which is number `first`, ordered by time."""
    v6, tls12 = rng.random(count) < 0.1, rng.random(count) < 0.15
    exchanges = rng.geometric(0.4, count).clip(1, 12)
    mss = np.where(v6, 1428, 1448)
    # packets per exchange: a request, the answer's segments, an ACK after every second of them and after the last
    of = np.repeat(np.arange(count), exchanges)
    request = rng.integers(60, 700, of.size)
    answer = (scale * rng.lognormal(0, 1.2, of.size)).clip(40, MOST).astype(np.int64)
    segments = -(-answer // mss[of])
    sizes = 1 + segments + (segments + 1) // 2
    totals = HEAD + np.bincount(of, sizes, count).astype(np.int64) + TAIL
    start = np.cumsum(totals) - totals
    conn = np.repeat(np.arange(count), totals)
    p = np.zeros(conn.size, PACKET)
    p["v6"], p["tls12"] = v6[conn], tls12[conn]
    _head(p, start, mss, tls12)
    before = np.cumsum(sizes) - sizes
    place = start[of] + HEAD + before - before[(np.cumsum(exchanges) - exchanges)[of]]
    _exchanges(p, place, sizes, request, answer, segments, mss[of])
    end = start + totals
    for back, flags, up in ((3, FIN | ACK, True), (2, FIN | ACK, False), (1, ACK, True)):
        p["flags"][end - back], p["up"][end - back] = flags, up
    _times(p, rng, conn, start, START_NS + (first + np.arange(count)) * (10**9 // RATE))
    _numbers(p, rng, conn, start)
    number = first + conn
    client = rng.zipf(1.2, count)[conn] % CLIENTS
    p["client"], p["port"] = client, 2048 + number % PORTS
    p["server"] = (client * 7 + number + number // PORTS) % SERVERS  # the same client and port: another server
    p["name"], p["salt"] = p["server"] * 4 + number % 4, rng.integers(0, POOL - 128, count)[conn]
    return p[np.argsort(p["ns"], kind="stable")]


def _head(p: Array, start: Array, mss: Array, tls12: Array) -> None:
    """TCP and TLS handshake."""
    flight = np.where(tls12, len(messages.server_flight(True)), len(messages.server_flight(False)))
    finishes = [np.where(tls12, len(build(True)), len(build(False))) for build in (messages.client_finish, messages.server_finish)]
    steps: list[tuple[bool, int, int, Any, Any]] = [  # up, flags, message, offset, size
        (True, SYN, OPAQUE, 0, 0),
        (False, SYN | ACK, OPAQUE, 0, 0),
        (True, ACK, OPAQUE, 0, 0),
        (True, PSH | ACK, CLIENT_HELLO, 0, messages.HELLO_BYTES),
        (False, ACK, OPAQUE, 0, 0),
        (False, ACK, SERVER_FLIGHT, 0, mss),
        (False, ACK, SERVER_FLIGHT, mss, mss),
        (False, PSH | ACK, SERVER_FLIGHT, 2 * mss, flight - 2 * mss),
        (True, ACK, OPAQUE, 0, 0),
        (True, PSH | ACK, CLIENT_FINISH, 0, finishes[0]),
        (False, PSH | ACK, SERVER_FINISH, 0, finishes[1]),
    ]
    for k, (up, flags, message, at, size) in enumerate(steps):
        row = start + k
        p["up"][row], p["flags"][row], p["message"][row], p["at"][row], p["payload"][row] = up, flags, message, at, size


def _exchanges(p: Array, place: Array, sizes: Array, request: Array, answer: Array, segments: Array, mss: Array) -> None:
    """Requests and answers; all arguments but `p` have one element per exchange."""
    of = np.repeat(np.arange(sizes.size), sizes)
    k = np.arange(of.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    row = place[of] + k
    segment = (k - 1) // 3 * 2 + (k - 1) % 3
    data = (k > 0) & ((k - 1) % 3 < 2) & (segment < segments[of])
    asks = k == 0
    whole = answer[of]
    p["up"][row] = ~data
    p["payload"][row] = np.where(asks, request[of], np.where(data, np.minimum(whole - segment * mss[of], mss[of]), 0))
    p["flags"][row] = np.where(asks | (data & (segment == segments[of] - 1)), PSH | ACK, ACK)
    p["record"][row] = np.where(asks, request[of] - 5, np.where(data & (segment == 0), whole - 5, 0))


def _times(p: Array, rng: np.random.Generator, conn: Array, start: Array, began_ns: Array) -> None:
    """Capture times, as near the server: the client answers after a round trip."""
    rtt = 0.03 * rng.lognormal(0, 0.7, start.size)
    turned = np.ones(conn.size, np.bool_)
    turned[1:] = p["up"][1:] != p["up"][:-1]
    gap = rng.exponential(20e-6, conn.size) + 5e-6
    gap += turned * np.where(p["up"], rtt[conn], rng.exponential(200e-6, conn.size))
    gap += (p["record"] > 0) * rng.exponential(np.where(p["up"], 0.3, 0.004))
    gap[start] = 0
    elapsed = np.cumsum((gap * 1e9).astype(np.int64))
    p["ns"] = began_ns[conn] + elapsed - elapsed[start][conn]


def _numbers(p: Array, rng: np.random.Generator, conn: Array, start: Array) -> None:
    """Sequence and acknowledgement numbers, timestamp values and IP ids."""
    step = p["payload"].astype(np.int64) + ((p["flags"] & (SYN | FIN)) > 0)
    initial = rng.integers(0, 1 << 32, (2, start.size))
    clock = rng.integers(0, 1 << 32, (2, start.size))
    sent = {}
    for up in (True, False):
        total = np.cumsum(np.where(p["up"] == up, step, 0))
        before = total - np.where(p["up"] == up, step, 0)
        sent[up] = initial[int(up)][conn] + before - before[start][conn]
    p["seq"] = np.where(p["up"], sent[True], sent[False])
    p["ack"] = np.where((p["flags"] & ACK) > 0, np.where(p["up"], sent[False], sent[True]), 0)
    p["tsval"] = clock[p["up"].astype(np.intp), conn] + p["ns"] // 1_000_000
    index = np.arange(conn.size)
    latest = {up: np.maximum.accumulate(np.where(p["up"] == up, index, 0)) for up in (True, False)}
    p["tsecr"] = np.where((p["flags"] & ACK) > 0, p["tsval"][np.where(p["up"], latest[False], latest[True])], 0)
    p["ip_id"] = initial[0][conn] + index


def flood(rng: np.random.Generator, first: int, count: int) -> Array:
    """SYNs of `count` flows that never repeat."""
    p = np.zeros(count, PACKET)
    number = first + np.arange(count)
    p["ns"] = START_NS + number * (10**9 // FLOOD_RATE)
    p["client"] = (number * 2654435761) & 0xFFFFFF  # an odd factor: no repetition in 2**24
    p["port"] = 1024 + (number >> 24) + rng.integers(0, 128, count) * 500
    p["up"], p["flags"] = True, SYN
    p["seq"], p["tsval"], p["ip_id"] = rng.integers(0, 1 << 32, count), rng.integers(0, 1 << 32, count), rng.integers(1, 1 << 16, count)
    return p


def brief_ones(rng: np.random.Generator, first: int, count: int) -> Array:
    """Connections that the client resets as soon as they are open."""
    conn, k = np.repeat(np.arange(count), len(BRIEF)), np.tile(np.arange(len(BRIEF)), count)
    p = np.zeros(conn.size, PACKET)
    p["ns"] = START_NS + (first + conn) * (10**9 // BRIEF_RATE) + k * 20_000
    for name, low, high in (("client", 0, BRIEF_CLIENTS), ("server", 0, SERVERS), ("port", 32768, 61000)):
        p[name] = rng.integers(low, high, count)[conn]
    initial, up = rng.integers(0, 1 << 32, (2, count), np.uint32)[:, conn], k != 1
    p["up"], p["flags"] = up, np.array(BRIEF)[k]
    p["seq"] = np.where(up, initial[0] + (k > 0), initial[1])
    p["ack"] = np.where(k > 0, np.where(up, initial[1], initial[0]) + np.uint32(1), 0)
    p["tsval"], p["ip_id"] = initial[0] // 2 + p["ns"] // 1_000_000, initial[0]
    return p


def scale_for(mean: float, seed: int) -> float:
    """Median size of answers that gives frames of `mean` bytes."""
    low, high = 1.0, float(MOST)
    for _ in range(16):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _frame_bytes(plan(np.random.default_rng(seed), 0, 2000, middle)).mean() < mean else (low, middle)
    if not 1.1 < low < MOST / 1.1:
        raise SystemExit(f"no such traffic has frames of {mean:.0f} bytes on average")
    return low


def _frame_bytes(p: Array) -> Array:
    sizes: Array = 14 + np.where(p["v6"], 40, 20) + np.where((p["flags"] & SYN) > 0, 40, 32) + p["payload"]
    return sizes


class Renderer:
    """Lays planned packets out as pcap records."""

    def __init__(self, seed: int) -> None:
        self._pool = np.random.default_rng(seed + 1).integers(0, 256, POOL, np.uint8)
        names = [f"{service}-{k // 4:02d}.shop.example" for k in range(NAMES) for service in (("api", "web", "img", "auth")[k % 4],)]
        self._bytes = {}
        for tls12 in (False, True):
            hellos = b"".join(messages.client_hello(name, tls12) for name in names)
            self._bytes[CLIENT_HELLO, tls12] = np.frombuffer(hellos, np.uint8).reshape(NAMES, -1)
            for kind, build in ((2, messages.server_flight), (3, messages.client_finish), (4, messages.server_finish)):
                self._bytes[kind, tls12] = np.frombuffer(build(tls12), np.uint8)[None]

    def render(self, p: Array) -> Array:
        """Bytes of the packets' records."""
        sizes = _frame_bytes(p)
        ends = np.cumsum(sizes + 16)
        out = np.resize(self._pool[int(p["salt"][0]) % 65536 :], int(ends[-1]))  # what nothing else is written over is ciphertext
        begins = ends - sizes - 16
        for v6 in (False, True):
            for syn in (False, True):
                some = np.flatnonzero((p["v6"] == v6) & (((p["flags"] & SYN) > 0) == syn))
                if some.size:
                    _scatter(out, begins[some], _headers(p[some], sizes[some], v6, syn))
        payloads = ends - p["payload"]
        self._messages(p, payloads, out)
        some = np.flatnonzero(p["record"] > 0)
        heads = np.zeros(some.size, [("kind", "u1"), ("version", ">u2"), ("size", ">u2")])
        heads["kind"], heads["version"], heads["size"] = 23, 0x0303, p["record"][some]
        _scatter(out, payloads[some], heads)
        return out

    def _messages(self, p: Array, payloads: Array, out: Array) -> None:
        some = np.flatnonzero(p["message"] != OPAQUE)
        keys = np.stack([p[name][some] for name in ("message", "tls12", "at", "payload")], 1).astype(np.int64)
        shapes, which = np.unique(keys, axis=0, return_inverse=True)
        for k, (kind, tls12, at, size) in enumerate(shapes.tolist()):
            rows = some[which.reshape(-1) == k]
            known = self._bytes[kind, bool(tls12)]
            body = known[p["name"][rows] if kind == CLIENT_HELLO else np.zeros(rows.size, np.intp), at : at + size]
            if kind in (CLIENT_HELLO, SERVER_FLIGHT) and at == 0:
                salt = p["salt"][rows][:, None].astype(np.int64) + np.arange(32)
                body[:, messages.RANDOM_AT : messages.RANDOM_AT + 32] = self._pool[salt + 32 * kind]
                body[:, messages.SESSION_AT : messages.SESSION_AT + 32] = self._pool[salt]
            _scatter(out, payloads[rows], np.ascontiguousarray(body).view(f"V{size}").reshape(-1))


def _headers(p: Array, sizes: Array, v6: bool, syn: bool) -> Array:
    h = np.zeros(p.size, [*PCAP, *ETHERNET, *(IPV6 if v6 else IPV4), *TCP, *(SYN_OPTIONS if syn else OPTIONS)])
    h["seconds"], h["micros"] = p["ns"] // 10**9, p["ns"] % 10**9 // 1000
    h["captured"] = h["wire"] = sizes
    up = p["up"]
    h["mac"] = np.where(up, np.void(b"\2\0\0\0\0\1\2\0\0\0\0\2"), np.void(b"\2\0\0\0\0\2\2\0\0\0\0\1"))
    client, server = p["client"], p["server"]
    if v6:
        h["ethertype"], h["version"], h["length"] = 0x86DD, 6 << 28, sizes - 14 - 40
        ours, theirs = np.void(bytes.fromhex("20010db8000100000000a000")), np.void(bytes.fromhex("20010db8000200000000b000"))
        h["src_net"], h["dst_net"] = np.where(up, ours, theirs), np.where(up, theirs, ours)
    else:
        h["ethertype"], h["version"], h["length"], h["id"], h["fragment"] = 0x0800, 0x45, sizes - 14, p["ip_id"], 0x4000
        client, server = client + np.uint32(0x0A000000), server + np.uint32(0xC0000200)
    h["ttl"], h["protocol"] = np.where(up, 52, 64), 6
    h["src"], h["dst"] = np.where(up, client, server), np.where(up, server, client)
    h["sport"], h["dport"] = np.where(up, p["port"], 443), np.where(up, 443, p["port"])
    h["seq"], h["ack"], h["flags"], h["tsval"], h["tsecr"] = p["seq"], p["ack"], p["flags"], p["tsval"], p["tsecr"]
    h["header"], h["window"] = (10 if syn else 8) << 4, 64240 if syn else 501
    if syn:
        h["options"] = np.void(bytes([2, 4, *(1440 if v6 else 1460).to_bytes(2), 4, 2, 8, 10]))
        h["after"] = np.void(bytes([1, 3, 3, 7]))
    else:
        h["options"] = np.void(bytes([1, 1, 8, 10]))
    return h


def _scatter(out: Array, places: Array, rows: Array) -> None:
    """Write each of `rows` at its place."""
    size = rows.dtype.itemsize
    out[places[:, None] + np.arange(size)] = rows.view(np.uint8).reshape(-1, size)


def pieces(packets: int, mean: float, seed: int, syn_flood: bool, brief: bool) -> Iterator[bytes]:
    """The file, piece by piece."""
    yield np.array([(0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)], "<u4,<u2,<u2,<i4,<u4,<u4,<u4").tobytes()
    rng, renderer = np.random.default_rng(seed), Renderer(seed)
    make, epoch, rate = (flood, BLOCK, FLOOD_RATE) if syn_flood else (brief_ones, EPOCH, BRIEF_RATE) if brief else (None, EPOCH, RATE)
    scale = 0.0 if make else scale_for(mean, seed)
    waiting, first = np.zeros(0, PACKET), 0
    while packets > 0:
        made = make(rng, first, epoch) if make else plan(rng, first, epoch, scale)
        first += epoch
        until_ns = START_NS + first * (10**9 // rate)
        both = np.concatenate([waiting, made])
        both = both[np.argsort(both["ns"], kind="stable")]
        ready = min(int(np.searchsorted(both["ns"], until_ns)), packets)
        waiting, packets = both[ready:], packets - ready
        for at in range(0, ready, BLOCK):
            yield renderer.render(both[at : min(at + BLOCK, ready)]).data


def write(out: BinaryIO, **what: Any) -> None:
    for piece in pieces(**what):
        out.write(piece)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out", help='file to write, "-" for standard output')
    options.add_argument("--packets", type=int, default=1_000_000)
    options.add_argument("--mean", type=float, default=400, help="bytes per frame on average")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--syn-flood", action="store_true")
    options.add_argument("--brief", action="store_true")
    given = vars(options.parse_args())
    path = given.pop("out")
    with nullcontext(sys.stdout.buffer) if path == "-" else Path(path).open("wb") as out:
        write(out, **given)


if __name__ == "__main__":
    main()

"""Fragments become their datagram in the frame that completes it, in any order and within bounds."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from netdiag.capture.record import Chunk
from netdiag.capture.slab import SCRATCH
from netdiag.packets.decode import Decoder
from netdiag.packets.fragments import RESERVE, SLOTS, TIMEOUT_NS
from netdiag.packets.packet import Layer, Oddity

Decode = Callable[..., NDArray[Any]]
Frames = Callable[..., Chunk]

RAW = 101
DROPPED, FRAGMENT = Oddity.FRAGMENT_DROPPED, Oddity.FRAGMENT


def udp(payload: bytes, sport: int = 5555, dport: int = 6666) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def fragment4(body: bytes, begin: int, end: int, identity: int = 7, protocol: int = 17, more: bool | None = None) -> bytes:
    """Fragment body[begin:end] of an IPv4 datagram."""
    more = end < len(body) if more is None else more
    part = body[begin:end]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(part), identity, begin // 8 | more << 13, 64, protocol, 0)
    return head + bytes([10, 0, 0, 1, 10, 0, 0, 2]) + part


def fragment6(body: bytes, begin: int, end: int, identity: int = 7, following: int = 17) -> bytes:
    """Fragment body[begin:end] of an IPv6 datagram."""
    part = body[begin:end]
    fragment = struct.pack(">BBHI", following, 0, begin | (end < len(body)), identity)
    return struct.pack(">IHBB", 6 << 28, 8 + len(part), 44, 64) + bytes(range(32)) + fragment + part


PAYLOAD = bytes(range(100))
BODY = udp(PAYLOAD)
CUTS = [(0, 40), (40, 80), (80, 108)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("build", [fragment4, fragment6])
def test_any_order_completes_in_the_last_frame(chunk: Frames, build: Callable[..., bytes], order: Sequence[int]) -> None:
    frames = chunk([build(BODY, *CUTS[i]) for i in order], RAW)
    (rows,) = list(Decoder(1).rows(frames))
    assert (rows["oddities"] == FRAGMENT).all()
    assert (rows["proto"] == 17).all()
    assert rows["sport"].tolist() == [0, 0, 5555]
    assert [bool(layers & Layer.UDP) for layers in rows["layers"]] == [False, False, True]
    last = rows[2]
    assert (last["dport"], last["payload"], last["captured"]) == (6666, 100, 100)
    assert last["payload_at"] >= frames.used
    assert frames.buffer[last["payload_at"] :][:100].tobytes() == PAYLOAD


@pytest.mark.parametrize("build", [fragment4, fragment6])
def test_fragments_that_come_twice_change_nothing(decode: Decode, build: Callable[..., bytes]) -> None:
    rows = decode([build(BODY, *CUTS[i]) for i in (0, 0, 2, 2, 1)], RAW)
    assert rows["sport"].tolist() == [0, 0, 0, 0, 5555]
    assert (rows["oddities"] == FRAGMENT).all()


def test_overlap_is_used_when_it_agrees_and_left_when_it_does_not(decode: Decode) -> None:
    agreeing = [fragment4(BODY, 0, 48), fragment4(BODY, 40, 80), fragment4(BODY, 80, 108)]
    assert decode(agreeing, RAW)[2]["sport"] == 5555
    lie = fragment4(BODY[:40] + bytes(40) + BODY[80:], 40, 80)
    rows = decode([fragment4(BODY, 0, 48), lie, fragment4(BODY, 80, 108), fragment4(BODY, 40, 80)], RAW)
    assert (rows["oddities"] & DROPPED).tolist() == [0, DROPPED, 0, 0]
    assert rows["sport"].tolist() == [0, 0, 0, 5555]


def test_contradicting_ends_are_left(decode: Decode) -> None:
    rows = decode([fragment4(BODY, 80, 108), fragment4(BODY, 40, 80, more=False), fragment4(BODY + bytes(8), 96, 116)], RAW)
    assert (rows["oddities"] & DROPPED).tolist() == [0, DROPPED, DROPPED]
    rows = decode([fragment4(BODY, 40, 80), fragment4(BODY, 8, 40, more=False)], RAW)
    assert (rows["oddities"] & DROPPED).tolist() == [0, DROPPED]


def test_impossible_fragments_are_marked(decode: Decode) -> None:
    whole = bytes(65536)
    frames = [fragment4(BODY, 0, 41), fragment4(whole, 65528, 65536), fragment4(BODY, 40, 40, more=True), fragment6(BODY, 0, 44)]
    rows = decode(frames, RAW)
    assert (rows["oddities"] == FRAGMENT | Oddity.BAD_LENGTH).all()


def test_datagrams_differ_by_identity_protocol_and_tunnel(decode: Decode) -> None:
    first, second = udp(bytes(60), 1), udp(bytes(60), 2)
    frames = [fragment4(first, 0, 40, 1), fragment4(second, 0, 40, 2), fragment4(second, 40, 68, 2), fragment4(first, 40, 68, 1)]
    assert decode(frames, RAW)["sport"].tolist() == [0, 0, 2, 1]
    assert decode([fragment4(first, 0, 40), fragment4(first, 40, 68, protocol=6)], RAW)["sport"].tolist() == [0, 0]
    tag = [bytes(12) + bytes([0x81, 0, 0, vlan, 8, 0]) for vlan in (1, 2)]
    frames = [tag[0] + fragment4(first, 0, 40), tag[1] + fragment4(first, 40, 68), tag[0] + fragment4(first, 40, 68)]
    assert decode(frames)["sport"].tolist() == [0, 0, 1]


def test_a_datagram_that_waited_too_long_gives_way(decode: Decode) -> None:
    frames = [fragment4(BODY, *CUTS[0]), fragment4(BODY, *CUTS[1]), fragment4(BODY, *CUTS[2])]
    rows = decode(frames, RAW, ts_ns=[0, 1, TIMEOUT_NS])
    assert rows["sport"][2] == 5555
    rows = decode(frames, RAW, ts_ns=[0, 1, TIMEOUT_NS + 1])
    assert rows["sport"][2] == 0
    assert rows["oddities"][2] == FRAGMENT | DROPPED


def test_the_oldest_of_too_many_gives_way(decode: Decode) -> None:
    begun = [fragment4(BODY, *CUTS[0], identity=n) for n in range(SLOTS + 1)]
    ended = [fragment4(BODY, 40, 108, identity=n) for n in (1, SLOTS, 0)]
    rows = decode(begun + ended, RAW)
    assert (rows["oddities"] & DROPPED).nonzero()[0].tolist() == [SLOTS], "the datagrams that completed made room again"
    assert rows["sport"][SLOTS + 1 :].tolist() == [5555, 5555, 0]


def test_a_first_fragment_that_is_cut_is_read_by_itself(decode: Decode) -> None:
    first, second = fragment4(BODY, *CUTS[0]), fragment4(BODY, *CUTS[1])
    rows = decode([(first[:44], len(first)), (second[:44], len(second))], RAW)
    assert rows["sport"].tolist() == [5555, 0]
    assert (rows["oddities"] & FRAGMENT).all()
    assert rows["captured"].tolist() == [16, 0]


def test_quoted_fragments_are_not_kept(decode: Decode) -> None:
    error = (
        struct.pack(">BBHHHBBH", 0x45, 0, 28 + 60, 1, 0, 64, 1, 0) + bytes([9, 9, 9, 9, 10, 0, 0, 1]) + bytes([3, 4, 0, 0, 0, 0, 5, 220])
    )
    rows = decode([error + fragment4(BODY, *CUTS[0]), error + fragment4(BODY, *CUTS[1]), fragment4(BODY, 40, 108)], RAW)
    assert rows["sport"].tolist() == [5555, 0, 0]
    assert rows["oddities"].tolist() == [0, 0, FRAGMENT]


def test_extension_headers_behind_the_fragment_header(decode: Decode) -> None:
    body = bytes([17, 0]) + bytes(6) + udp(bytes(32))
    rows = decode([fragment6(body, 0, 24, following=60), fragment6(body, 24, 48, following=60)], RAW)
    assert rows["proto"].tolist() == [60, 17]
    assert rows["sport"].tolist() == [0, 5555]


def test_an_atomic_fragment_is_whole(decode: Decode) -> None:
    (row,) = decode([fragment6(BODY, 0, len(BODY), identity=0x1234ABCD)], RAW)
    assert (row["sport"], row["oddities"], row["ip_id"]) == (5555, 0, 0xABCD)


def big(identity: int, size: int = 40_000) -> list[bytes]:
    body = udp(bytes([identity]) * size, sport=identity)
    return [fragment4(body, at, min(at + 1480, len(body)), identity) for at in range(0, len(body), 1480)]


def test_a_full_scratch_area_only_ends_the_batch(chunk: Frames, decode_chunks: Any) -> None:
    frames = [part for n in range(1, 21) for part in big(n)]
    batches = []
    whole = chunk(frames, RAW)
    for batch in Decoder(1).rows(whole):
        batches.append(batch.copy())
        for row in batch[batch["sport"] > 0]:
            payload = whole.buffer[row["payload_at"] :][: row["captured"]]
            assert payload.size == 40_000
            assert (payload == row["sport"]).all()
            assert row["payload_at"] + row["captured"] <= whole.used + SCRATCH
    assert len(batches) > 5
    together = np.concatenate(batches)
    single = decode_chunks([chunk([frame], RAW, first=n + 1) for n, frame in enumerate(frames)], Decoder(1))
    together["payload_at"] = single["payload_at"] = 0
    assert (together == single).all()
    assert (together["sport"] > 0).sum() == 20


def test_fragments_inside_a_reassembled_datagram_share_the_reserve(decode: Decode) -> None:
    def carried(inner: bytes, identity: int) -> list[bytes]:
        body = b"\x00\x00\x08\x00" + inner
        return [fragment4(body, at, min(at + 1480, len(body)), identity, 47) for at in range(0, len(body), 1480)]

    small = udp(bytes(2000))
    rows = decode(carried(fragment4(small, 0, 1600), 1) + carried(fragment4(small, 1600, 2008), 2), RAW)
    assert (rows["sport"][-1], rows["depth"][-1], rows["payload"][-1]) == (5555, 1, 2000)
    large = udp(bytes(60_000))
    rows = decode(carried(fragment4(large, 0, 30_000), 1) + carried(fragment4(large, 30_000, 60_008), 2), RAW)
    assert RESERVE < 30_000 + 60_000
    assert rows["sport"][-1] == 0
    assert rows["oddities"][-1] & DROPPED

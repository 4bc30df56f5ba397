"""Lone SYNs are forgotten where the room is used up; everything else stays as it is."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netdiag.connections.derived import derived
from netdiag.connections.state import PLACES
from netdiag.connections.tracker import Tracker
from netdiag.packets.packet import ACK, FIN, PACKET, RST, SYN, Layer

ROOM = 64
SERVER = (0xFFFF_CB00_7101, 443)


def stranger(k):
    return (0xFFFF_C633_6400 + k, 40_000)


def tracked(wire, room, cuts=(), settling=False):
    tracker, buffer = Tracker(1, 3, room), np.frombuffer(bytes(wire.payload) + b"\0", np.uint8).copy()
    packets = wire.packets()
    edges = [0, *sorted(cut % len(packets) for cut in cuts), len(packets)]
    for start, end in itertools.pairwise(edges):
        tracker.feed(packets[start:end], buffer)
        if settling:
            tracker.settle()
    return tracker


def same_but_numbers(kept, every):
    """Rows of the smaller table are rows of the whole one; what points to a row points to the same one."""
    at = every.set_index("first_ref").index.get_indexer(kept["first_ref"])
    assert (at >= 0).all()
    for name in ("prev_id", "wrong_ack_id"):
        there = np.where(kept[name] >= 0, at[kept[name]], -1)
        assert there.tolist() == every[name].to_numpy()[at].tolist()
    plain = [
        name
        for name in kept.columns
        if name not in ("id", "prev_id", "wrong_ack_id") and not isinstance(kept[name].dtype, pd.CategoricalDtype)
    ]
    pd.testing.assert_frame_equal(kept[plain], every.loc[at, plain].reset_index(drop=True))
    for name in kept.columns.difference(plain).difference(["id", "prev_id", "wrong_ack_id"]):
        assert (
            kept[name].astype(object).where(kept[name].notna(), None).tolist()
            == every[name].astype(object).where(every[name].notna(), None)[at].tolist()
        )


@pytest.fixture
def flooded(wire):
    """A flood of 500 strangers around connections whose ports are used again and again."""
    for k in range(500):
        wire.packet(stranger(k), SERVER, SYN, k)
        if k % 3 == 0:
            wire.packet(SERVER, stranger(k), SYN | ACK, 7, k + 1)
        if k % 20 == 0:
            isn = 100_000 * (k + 1)
            wire.opened(isn, isn + 7, port=2000 + k % 60)
            wire.out(SYN, isn + 50_000, port=2000 + k % 60)
            wire.back(ACK, isn + 8, isn + 1, port=2000 + k % 60)
            wire.out(RST, isn + 1, port=2000 + k % 60)
    return wire


@pytest.mark.parametrize("settling", [False, True])
def test_the_flood_goes_and_the_rest_stays(flooded, settling):
    tracker = tracked(flooded, ROOM, range(0, 900, 30), settling)
    kept, every = derived(tracker.state).frame, flooded.table()
    assert tracker.forgotten == len(every) - len(kept) > 300
    assert len(tracker.state.links) < len(every)
    assert kept["id"].tolist() == list(range(len(kept)))
    assert (kept["sport"] != 40_000).sum() == (every["sport"] != 40_000).sum() > 40
    same_but_numbers(kept, every)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 10_000), max_size=9))
def test_batches_do_not_matter(flooded, cuts):
    pd.testing.assert_frame_equal(derived(tracked(flooded, ROOM, cuts).state).frame, derived(tracked(flooded, ROOM).state).frame)


def repeats(wire, who, k):
    wire.packet(who, SERVER, SYN, k)


def refused(wire, who, k):
    wire.packet(SERVER, who, RST | ACK, 0, k + 1)


def goes_on(wire, who, k):
    wire.packet(SERVER, who, SYN | ACK, 7, k + 1)
    wire.packet(who, SERVER, ACK, k + 1, 8)


def ends(wire, who, k):
    wire.packet(who, SERVER, FIN | ACK, k + 1, 8)


def tries_elsewhere(wire, who, k):
    other = (who[0], who[1] + 1)
    wire.packet(other, SERVER, SYN, k)
    wire.packet(SERVER, other, RST | ACK, 0, k + 1)


@pytest.mark.parametrize("story", [repeats, refused, goes_on, ends, tries_elsewhere])
def test_a_source_with_a_story_stays(wire, story):
    wire.packet(stranger(0), SERVER, SYN, 5)
    story(wire, stranger(0), 5)
    for k in range(1, 300):
        wire.packet(stranger(k), SERVER, SYN, k)
    tracker = tracked(wire, ROOM)
    assert tracker.forgotten > 100
    assert derived(tracker.state).frame["first_ref"].iloc[0] == 1


def test_a_flood_makes_no_more_places(wire):
    packets, buffer = np.zeros(8192, PACKET), np.zeros(1, np.uint8)
    packets["proto"], packets["layers"], packets["flags"], packets["dport"], packets["dst_lo"] = 6, int(Layer.TCP), SYN, 443, 3
    tracker = Tracker(1, 3, 1 << 15)
    for turn in range(60):
        packets["ts_ns"] = packets["src_lo"] = packets["seq"] = np.arange(len(packets)) + 1 + turn * len(packets)
        packets["proto"][turn % 7] = 17  # so that batches end anywhere
        tracker.feed(packets, buffer)
    assert tracker.forgotten > 400_000
    assert len(tracker.state.holders) == PLACES


def test_nothing_is_forgotten_while_there_is_room(wire):
    for k in range(ROOM - 1):
        wire.packet(stranger(k), SERVER, SYN, k)
    assert tracked(wire, ROOM).forgotten == 0


def test_streams_that_wait_for_bytes_keep_their_slots(wire, tls):
    hello = tls.record(22, tls.client_hello(name=b"late.example"))
    for k in range(100):
        wire.packet(stranger(k), SERVER, SYN, k)
        if k == 50:
            wire.opened()
            wire.out(ACK, 1001, 5001, hello[:100])
    wire.out(ACK, 1101, 5001, hello[100:])
    tracker = tracked(wire, ROOM)
    assert tracker.forgotten > 0
    assert "late.example" in derived(tracker.state).frame["sni"].tolist()

"""Bytes in order from segments that are not."""

import itertools

import numpy as np
import pytest

from netdiag.connections.state import SLOT_BYTES
from netdiag.packets.packet import ACK, PSH


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_any_order_of_segments_gives_the_same_name(talk, tls, order):
    hello = tls.record(22, tls.client_hello(b"shuffled.example", pad=300))
    size = -(-len(hello) // 4)
    for k in order:
        talk.wire.out(ACK | PSH, talk.seq + k * size, talk.peer, hello[k * size : (k + 1) * size])
    row = talk.wire.only()
    assert (row["sni"], row["hellos"]) == ("shuffled.example", 1)


def test_byte_by_byte(talk, tls):
    for byte in tls.record(22, tls.client_hello(b"drip.example")):
        talk.client(bytes([byte]))
    assert talk.wire.only()["sni"] == "drip.example"


def test_overlaps_and_repeats(talk, tls):
    hello = tls.record(22, tls.client_hello(b"overlap.example"))
    for start, end in ((0, 40), (20, 60), (0, 40), (50, len(hello))):
        talk.wire.out(ACK | PSH, talk.seq + start, talk.peer, hello[start:end], after_ms=300)
    row = talk.wire.only()
    assert (row["sni"], row["hellos"]) == ("overlap.example", 1)


def test_what_does_not_fit_is_given_up(talk, tls):
    talk.wire.out(ACK | PSH, talk.seq + SLOT_BYTES, talk.peer, b"far away")
    tracker = talk.wire.tracker()
    assert tracker.streams_dropped == 1
    assert np.all(tracker.state.slot_owner < 0)


def test_slots_are_given_back(talk, tls):
    hello = tls.record(22, tls.client_hello())
    talk.client(hello[:50])
    assert np.sum(talk.wire.tracker().state.slot_owner >= 0) == 1
    talk.client(hello[50:])
    assert np.sum(talk.wire.tracker().state.slot_owner >= 0) == 0


def test_more_streams_than_slots(wire, tls):
    from netdiag.connections.state import SLOTS

    start = tls.record(22, tls.client_hello())[:20]
    for port in range(1024, 1024 + SLOTS + 5):
        wire.out(ACK | PSH, 1001, 5001, start, port=port)
    tracker = wire.tracker()
    assert tracker.streams_dropped == 5
    assert np.sum(tracker.state.slot_owner >= 0) == SLOTS

"""Connections seen from one side."""

from netdiag.connections.quality import one_sided
from netdiag.packets.packet import ACK, SYN


def test_an_unanswered_syn_is_not_one_sided(wire):
    wire.out(SYN, 1000)
    assert one_sided(wire.table()) == 0


def test_both_sides(wire):
    wire.opened()
    assert one_sided(wire.table()) == 0


def test_a_client_that_goes_on_was_answered(wire):
    wire.out(SYN, 1000)
    wire.out(ACK, 1001, 5001, b"x")
    assert one_sided(wire.table()) == 1


def test_a_responder_alone(wire):
    wire.back(SYN | ACK, 5000, 1001)
    assert one_sided(wire.table()) == 1

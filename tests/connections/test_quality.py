"""Connections seen from one side."""

from netdiag.connections.quality import begun_before, one_sided, translated, unseen_data
from netdiag.packets.packet import ACK, SYN


def test_an_unanswered_syn_is_not_one_sided(wire):
    wire.out(SYN, 1000)
    assert one_sided(wire.columns()) == 0


def test_both_sides(wire):
    wire.opened()
    assert one_sided(wire.columns()) == 0


def test_a_client_that_goes_on_was_answered(wire):
    wire.out(SYN, 1000)
    wire.out(ACK, 1001, 5001, b"x")
    assert one_sided(wire.columns()) == 1


def test_a_responder_alone(wire):
    wire.back(SYN | ACK, 5000, 1001)
    assert one_sided(wire.columns()) == 1


def test_a_connection_from_the_middle_with_bytes_missing(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"x")
    wire.back(ACK, 5001, 1102)
    wire.out(ACK, 1, 1, b"x", port=40001)
    assert (begun_before(wire.columns()), unseen_data(wire.columns())) == (1, 1)


def test_both_sides_of_a_nat(tables_of, attempt):
    inside = {"src": "10.0.0.7", "syn_tsval": 77, "isn_out": 5}
    outside = attempt(1.0001, 50000, **inside | {"src": "192.0.2.1"})
    assert translated(tables_of(attempt(1, **inside), outside).columns) == 1
    assert translated(tables_of(attempt(1, **inside), attempt(1.0001, 50000, **inside)).columns) == 0  # a client of constant numbers
    assert translated(tables_of(attempt(1, **inside), attempt(2, 50000, **inside | {"src": "192.0.2.1"})).columns) == 0
    assert translated(tables_of().columns) == 0

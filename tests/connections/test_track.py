"""The order of steps: who is the originator, what is skipped."""

import pytest

from netdiag.packets.packet import ACK, SYN


@pytest.mark.parametrize(
    ("port", "server_port", "originator_first"),
    [(40000, 443, False), (40000, 8443, False), (20000, 30000, True), (443, 40000, True)],
)
def test_originator_of_a_connection_without_syn(wire, port, server_port, originator_first):
    wire.packet((1, server_port), (2, port), ACK, 5001, 1001, b"late")
    row = wire.only()
    assert (row["sport"], row["dport"]) == ((server_port, port) if originator_first else (port, server_port))
    assert row["partial"]
    assert row["conn_state"] == "OTH"


def test_null_scans_and_unreadable_headers_make_no_connection(wire):
    wire.out(0, 1000)
    wire.out(SYN, 1000, layers=0)
    assert len(wire.table()) == 0


def test_icmp_without_connection_is_ignored(wire):
    wire.out(0, 1000, proto=1, quoted_proto=6, icmp_type=3, icmp_code=1)
    assert len(wire.table()) == 0


def test_connection_to_itself(wire):
    me = (7, 5000)
    wire.packet(me, me, SYN, 1000)
    wire.packet(me, me, SYN | ACK, 1000, 1001)
    assert len(wire.table()) == 1


def test_an_ack_of_data_that_was_not_captured_is_no_rejection(wire):
    wire.out(SYN, 1000)
    wire.back(ACK, 5001, 1518)
    row = wire.only()
    assert (row["wrong_acks"], row["answer"]) == (0, 0)

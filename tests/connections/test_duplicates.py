"""Packets that the capture holds twice."""

from netdiag.packets.packet import ACK, SYN


def twice(wire, after_ms=0.01, **more):
    copies = [dict(row) for row in wire.rows]
    wire.rows = [copy for row in copies for copy in (row, row | {"ts_ns": row["ts_ns"] + int(after_ms * 1e6), "ttl": 63} | more)]


def test_twins_count_once(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"data")
    twice(wire)
    row = wire.only()
    assert (row["duplicates"], row["packets_out"], row["syn_count"], row["retrans_out"]) == (4, 3, 1, 0)
    assert wire.tracker().duplicates == 4


def test_a_twin_in_another_vlan_makes_no_second_connection(wire):
    wire.opened()
    twice(wire, scope=9)
    assert len(wire.table()) == 1


def test_a_retransmission_is_no_twin(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"data")
    wire.out(ACK, 1001, 5001, b"data", after_ms=210)
    row = wire.only()
    assert (row["duplicates"], row["retrans_out"]) == (0, 1)


def test_repeated_bare_acks_without_an_id_are_real(wire):
    wire.opened()
    for _ in range(3):
        wire.out(ACK, 1001, 5001, ip_id=0)
    assert wire.only()["duplicates"] == 0


def test_the_same_bytes_later_are_another_packet(wire):
    wire.out(SYN, 1000, ip_id=5)
    wire.out(SYN, 1000, ip_id=5, after_ms=20)
    assert wire.only()["syn_count"] == 2

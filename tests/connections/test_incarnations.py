"""Ports that are reused while the old connection lives: whose packet is it?"""

import numpy as np
import pytest

from netdiag.connections.incarnations import IDLE_NS, key_hash
from netdiag.connections.tracker import Tracker
from netdiag.kernel import kernel
from netdiag.packets.packet import ACK, FIN, PACKET, RST, SYN


@kernel
def _hash(rows, seed, out):
    for k in range(rows.size):
        out[k] = key_hash(rows[k], seed)


def hashed(rows, seed):
    """Hash of each row."""
    out = np.empty(rows.size, np.uint64)
    _hash(rows, seed, out)
    return out


def test_a_syn_with_another_number_starts_a_new_row(wire):
    wire.opened(1000, 5000)
    wire.closed(1001, 5001)
    wire.out(SYN, 900_000, after_ms=500)
    table = wire.table()
    assert table["prev_id"].tolist() == [-1, 0]
    assert table["reused"].tolist() == [False, True]
    assert table["prev_gap_ns"].tolist() == [0, 500_000_000]
    assert table["prev_close"].tolist()[1] == 4  # FIN both ways


def test_the_same_syn_again_is_a_retransmission(wire):
    wire.out(SYN, 1000)
    wire.out(SYN, 1000, after_ms=1000)
    row = wire.only()
    assert (row["syn_count"], row["retrans_out"], row["conn_state"]) == (2, 1, "S0")


def test_the_same_number_after_every_retry_is_a_new_attempt(wire):
    wire.out(SYN, 1000)
    wire.out(SYN, 1000, after_ms=181_000)
    assert len(wire.table()) == 2


def test_late_packets_of_the_old_connection_stay_with_it(wire):
    wire.opened(1_000_000, 2_000_000_000)
    wire.out(SYN, 3_000_000_000)
    wire.back(SYN | ACK, 100_000, 3_000_000_001)
    wire.back(ACK, 2_000_000_001, 1_000_001, b"old data")
    wire.back(ACK, 100_001, 3_000_000_001, b"new data!")
    table = wire.table()
    assert table["bytes_in"].tolist() == [8, 9]


def test_wrong_ack_belongs_to_the_old_row_and_is_linked_to_the_new(wire):
    wire.opened(1_000_000, 2_000_000_000)
    wire.out(SYN, 3_000_000_000)
    wire.back(ACK, 2_000_000_001, 1_000_001)
    wire.out(RST, 1_000_001)
    wire.out(SYN, 3_000_000_000, after_ms=1000)
    wire.back(SYN | ACK, 77, 3_000_000_001)
    old, new = wire.table().to_dict("records")
    assert (new["wrong_acks"], new["wrong_ack_id"], new["wrong_ack_rsts"]) == (1, 0, 1)
    assert (new["answer"], new["synack_count"], new["syn_count"]) == (2, 1, 2)
    assert (old["packets_in"], old["rst_out"]) == (2, 1)


def test_wrong_ack_of_a_connection_that_was_not_captured(wire):
    wire.out(SYN, 3_000_000_000)
    wire.back(ACK, 12345, 99_999)
    row = wire.only()
    assert (row["wrong_acks"], row["wrong_ack_id"]) == (1, -1)


def test_an_ack_of_the_old_connection_that_answers_no_syn_is_no_rejection(wire):
    wire.opened(1_000_000, 2_000_000_000)
    wire.out(SYN, 3_000_000_000)
    wire.out(ACK, 1_000_001, 2_000_000_001, b"more")  # the old connection goes on: the ACK answers this
    wire.back(ACK, 2_000_000_001, 1_000_005)
    assert wire.table()["wrong_acks"].tolist() == [0, 0]


def test_idle_connections_end(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"x", after_ms=IDLE_NS / 1e6 + 1)
    table = wire.table()
    assert table["partial"].tolist() == [False, True]


def test_simultaneous_open_is_one_connection(wire):
    wire.out(SYN, 1000)
    wire.back(SYN, 5000)
    wire.out(SYN | ACK, 1000, 5001)
    wire.back(SYN | ACK, 5000, 1001)
    row = wire.only()
    assert row["marks"] & 2


def test_syn_captured_after_its_syn_ack(wire):
    wire.back(SYN | ACK, 5000, 1001)
    wire.out(SYN, 1000)
    wire.out(ACK, 1001, 5001)
    row = wire.only()
    assert not row["partial"]
    assert row["established"]


def test_both_directions_and_scopes_are_told_apart(wire):
    wire.out(SYN, 1000)
    wire.out(SYN, 1000, scope=7)
    assert len(wire.table()) == 2


def test_reset_of_a_refused_syn_goes_to_its_row(wire):
    wire.opened(1_000_000, 2_000_000_000)
    wire.out(FIN | ACK, 1_000_001, 2_000_000_001)
    wire.out(SYN, 3_000_000_000)
    wire.back(RST | ACK, 0, 3_000_000_001)
    table = wire.table()
    assert table["rst_in"].tolist() == [0, 1]
    assert table["conn_state"].tolist()[1] == "REJ"


def test_addresses_cannot_be_chosen_to_hash_alike():
    rows = np.zeros(4, PACKET)
    rows["src_hi"] = np.arange(4, dtype=np.uint64) << np.uint64(32)
    rows["src_lo"] = np.uint64(1) - rows["src_hi"] * np.uint64(0x9E3779B97F4A7C15)
    ports = np.zeros(4, PACKET)
    ports["sport"] = np.arange(4)
    ports["src_lo"] = np.uint64(1) - (ports["sport"].astype(np.uint64) << np.uint64(48))
    for chosen in (rows, ports):
        assert len(set(hashed(chosen, 1).tolist())) == 4
        assert hashed(chosen, 1).tolist() != hashed(chosen, 2).tolist()


def test_both_directions_hash_alike():
    rows = np.zeros(2, PACKET)
    for one, other in (("src", "dst"), ("dst", "src")):
        at = int(one == "dst")
        rows[f"{one}_hi"][0] = rows[f"{other}_hi"][1] = 5 + at
        rows[f"{one}_lo"][0] = rows[f"{other}_lo"][1] = 7 + at
        rows[f"{one[0]}port"][0] = rows[f"{other[0]}port"][1] = 9 + at
    first, second = hashed(rows, 3).tolist()
    assert first == second


@pytest.mark.parametrize("seed", [0, 1, 123_456_789])
def test_differences_of_addresses_do_not_cancel(seed):
    """In a plain sum of products with odd factors, two flips of the highest bit cancel."""
    packets = np.zeros(4, PACKET)
    packets["src_lo"], packets["src_hi"] = [5, 5 + 2**63, 5, 5 + 2**63], [9, 9, 9 + 2**63, 9 + 2**63]
    packets["dport"], packets["sport"] = 443, 40_000
    assert len(set(Tracker(1, seed).keys(packets)["hash"].tolist())) == 4

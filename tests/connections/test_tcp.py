"""TCP facts of one connection."""

from netdiag.connections.incarnations import IDLE_NS
from netdiag.packets.packet import ACK, FIN, RST, SYN, Layer


def test_a_whole_connection(wire):
    wire.opened(1000, 5000, tsval=7)
    wire.out(ACK, 1001, 5001, b"question")
    wire.back(ACK, 5001, 1009, b"answer")
    wire.closed(1009, 5007)
    row = wire.only()
    assert row["conn_state"] == "SF"
    assert row["history"] == "ShADdFfa"[: len(row["history"])]
    assert (row["bytes_out"], row["bytes_in"], row["retrans_out"], row["retrans_in"]) == (8, 6, 0, 0)
    assert (row["isn_out"], row["isn_in"], row["rtt_ns"], row["syn_tsval"]) == (1000, 5000, 2_000_000, 7)


def test_retransmissions_are_counted_and_their_bytes_are_not(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"12345678")
    wire.out(ACK, 1001, 5001, b"12345678", after_ms=300)
    wire.out(ACK, 1005, 5001, b"5678abcd", after_ms=300)
    row = wire.only()
    assert (row["bytes_out"], row["retrans_out"]) == (12, 1)


def test_a_hole_that_is_filled_is_no_retransmission(wire):
    wire.opened()
    wire.out(ACK, 1005, 5001, b"5678")
    wire.out(ACK, 1001, 5001, b"1234")
    row = wire.only()
    assert (row["bytes_out"], row["retrans_out"]) == (8, 0)


def test_sequence_numbers_wrap(wire):
    wire.opened(0xFFFFFFFE, 5000)
    wire.out(ACK, 0xFFFFFFFF, 5001, b"12345678")
    wire.out(ACK, 7, 5001, b"abc")
    row = wire.only()
    assert (row["bytes_out"], row["retrans_out"], row["established"]) == (11, 0, True)


def test_keep_alives_are_no_retransmissions(wire):
    wire.opened()
    wire.out(ACK, 1000, 5001, b"")
    wire.out(ACK, 1000, 5001, b"\0", after_ms=75_000)
    assert wire.only()["retrans_out"] == 0


def test_an_acknowledged_gap_is_marked(wire):
    wire.opened()
    wire.back(ACK, 5001, 1501)
    assert wire.only()["marks"] & 4096


def test_refused_and_reset(wire):
    wire.out(SYN, 1000)
    wire.back(RST | ACK, 0, 1001, ttl=57)
    row = wire.only()
    assert (row["conn_state"], row["answer"], row["rst_in_ttl"]) == ("REJ", 3, 57)


def test_data_after_the_sender_s_own_reset(wire):
    wire.opened()
    wire.back(RST, 5001)
    wire.back(ACK, 5001, 1001, b"still here")
    row = wire.only()
    assert (row["conn_state"], row["data_after_rst_in"], row["rst_in_ahead"]) == ("RSTR", 1, 0)


def test_a_reset_with_a_number_that_was_never_sent(wire):
    wire.opened()
    wire.back(RST, 5001)
    wire.back(RST, 5001 + 1460)
    assert wire.only()["rst_in_ahead"] == 1460


def test_half_closed(wire):
    wire.opened()
    wire.out(FIN | ACK, 1001, 5001)
    row = wire.only()
    assert (row["conn_state"], row["fin_out_ns"] > 0, row["fin_in_ns"]) == ("S2", True, 0)


def test_an_icmp_error_after_long_silence_is_another_ones(wire):
    wire.out(SYN, 1000)
    wire.out(0, 1000, proto=1, quoted_proto=6, icmp_type=3, icmp_code=13, after_ms=IDLE_NS // 10**6 + 1)
    assert (wire.only()["answer"], wire.only()["icmp_count"]) == (0, 0)


def test_icmp_error_is_linked(wire):
    wire.out(SYN, 1000)
    wire.out(
        0, 1000, proto=1, quoted_proto=6, icmp_type=3, icmp_code=13, from_lo=0xFFFF << 32 | 0x0A090003, layers=int(Layer.TCP | Layer.ICMP)
    )
    row = wire.only()
    assert (row["answer"], row["icmp_count"], row["icmp_type"], row["icmp_code"], row["icmp_from"]) == (4, 1, 3, 13, "10.9.0.3")


def test_a_path_mtu_report_is_no_refusal(wire):
    wire.out(SYN, 1000)
    wire.out(0, 1000, proto=1, quoted_proto=6, icmp_type=3, icmp_code=4)
    row = wire.only()
    assert (row["answer"], row["icmp_count"], row["too_bigs"]) == (0, 0, 1)


def test_wrong_syn_ack(wire):
    wire.out(SYN, 1000)
    wire.back(SYN | ACK, 5000, 77_777)
    wire.out(RST, 77_777)
    wire.out(SYN, 1000, after_ms=1000)
    wire.back(SYN | ACK, 5000, 1001)
    row = wire.only()
    assert (row["wrong_synacks"], row["synack_count"], row["answer"]) == (1, 1, 5)


def test_fast_open_data_may_be_acknowledged(wire):
    wire.out(SYN, 1000, 0, b"early")
    wire.back(SYN | ACK, 5000, 1006)
    row = wire.only()
    assert (row["wrong_synacks"], row["synack_count"], bool(row["marks"] & 128)) == (0, 1, True)


def test_one_of_several_syn_acks_is_taken(wire):
    wire.out(SYN, 1000)
    wire.back(SYN | ACK, 5000, 1001)
    wire.back(SYN | ACK, 9_000_000, 1001)
    wire.out(ACK, 1001, 9_000_001)
    row = wire.only()
    assert (row["established"], row["isn_in"]) == (True, 9_000_000)


def test_time_wait_recycling_shows_in_the_new_number(wire):
    wire.opened(1000, 5000)
    wire.closed(1001, 5001)
    wire.out(SYN, 900_000)
    wire.back(SYN | ACK, 5002 + 65537, 900_001)
    assert wire.table()["isn_step"].tolist() == [-1, 65537]


def test_data_repeated_with_a_fin_brings_no_bytes(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"12345678")
    wire.out(FIN | ACK, 1001, 5001, b"12345678", after_ms=300)
    assert wire.only()["bytes_out"] == 8


def test_an_acknowledged_hole_stays_marked_when_another_comes(wire):
    wire.opened()
    wire.out(ACK, 1005, 5001, b"5678")
    wire.back(ACK, 5001, 1009)
    wire.out(ACK, 1013, 5001, b"3456")
    wire.out(ACK, 1009, 5001, b"9012")
    assert wire.only()["marks"] & 4096


def test_a_hole_that_loss_explains_is_not_marked(wire):
    wire.opened()
    wire.out(ACK, 1005, 5001, b"5678")
    wire.back(ACK, 5001, 1001)
    wire.out(ACK, 1013, 5001, b"3456")
    assert not wire.only()["marks"] & 4096


def test_the_reset_of_a_wrong_ack_does_not_end_the_connection(wire):
    wire.out(SYN, 1000)
    wire.back(ACK, 777_777_777, 888_888_888)
    wire.out(RST, 888_888_888)
    wire.opened()
    wire.out(ACK, 1001, 5001, b"hello")
    wire.closed(1006, 5001)
    row = wire.only()
    assert (row["conn_state"], row["rst_out"], row["data_after_rst_out"], row["wrong_ack_rsts"]) == ("SF", 0, 0, 1)


def test_what_is_lost_again_and_again_is_measured_and_what_is_delivered(wire):
    wire.opened()
    wire.back(ACK, 5001, 1001, b"x" * 300)
    wire.out(ACK, 1001, 5301)
    wire.back(ACK, 5301, 1001, b"x" * 1400)
    wire.back(ACK, 6701, 1001, b"x" * 200)
    for after in (10, 200, 400):
        wire.back(ACK, 6701, 1001, b"x" * 200, after_ms=after)  # a probe of the tail is not where the acknowledgement stands
        wire.back(ACK, 5301, 1001, b"x" * 1400, after_ms=after)
    row = wire.only()
    assert (row["repeated_in"], row["delivered_in"], row["repeated_out"], row["delivered_out"]) == (1400, 300, 0, 0)


def test_a_loss_that_is_made_good_is_forgotten(wire):
    wire.opened()
    wire.back(ACK, 5001, 1001, b"x" * 1400)
    wire.back(ACK, 5001, 1001, b"x" * 1400, after_ms=300)
    wire.out(ACK, 1001, 6401)
    row = wire.only()
    assert (row["retrans_in"], row["repeated_in"], row["delivered_in"]) == (1, 0, 1400)

"""What the path does to packets."""

import random

from captures.lab import rules
from captures.lab.packet import ACK, RST, SYN, parse, tcp


def data(payload=b"", seq=1, flags=ACK, sport=40000):
    raw = tcp("192.0.2.1", sport, "203.0.113.10", 443, seq=seq, flags=flags)
    return parse(raw[:2] + (40 + len(payload)).to_bytes(2) + raw[4:] + payload)


HELLO = b"\x16\x03\x01\x05\x00\x01" + bytes(50)


def test_loss_and_reordering_are_as_often_as_asked():
    loss = rules.Loss(random.Random(1), 0.1)
    assert 60 < sum(loss.judge(0, data(), True) is not None for _ in range(1000)) < 140
    reorder = rules.Reorder(random.Random(1), 1.0, 0.01)
    assert reorder.judge(0, data(), True).delay_s == 0.01
    assert not reorder.judge(0, data(), True).drop


def test_a_black_hole_takes_large_packets_only():
    hole = rules.BlackHole(100, lambda packet, inward: not inward)
    assert hole.judge(0, data(b"x" * 61), False).drop
    assert hole.judge(0, data(b"x" * 60), False) is None
    assert hole.judge(0, data(b"x" * 61), True) is None


def test_the_second_segment_of_a_hello_and_its_repetitions_are_lost():
    rule = rules.SecondSegment(lambda packet, inward: True)
    first, second = data(HELLO, seq=100), data(b"more", seq=100 + len(HELLO))
    assert [rule.judge(0, one, True) is not None for one in (first, second, first, second)] == [False, True, False, True]
    assert rule.judge(0, data(HELLO, seq=500, sport=9), True) is None


def test_an_injected_reset_goes_back_in_the_servers_name():
    rule = rules.InjectReset(lambda packet, inward: packet.hello, ttl=99)
    made = rule.judge(0, data(HELLO), True)
    back = parse(made.back)
    assert (back.src, back.dst, back.ack) == ("203.0.113.10", "192.0.2.1", 1 + len(HELLO))
    assert made.back[8] == 99
    assert rule.judge(0, data(HELLO, flags=RST), True) is None
    assert rule.judge(0, data(flags=SYN), True) is None
    assert rules.Drop(lambda packet, inward: inward, "gone").judge(0, data(), True).word == "gone"

"""Flood controls: whom they block, since when, until when."""

from captures.lab import flood
from captures.lab.packet import ACK, FIN, SYN, parse, tcp

SERVER = "203.0.113.10"


def syn(src="192.0.2.1", sport=40000, seq=1, flags=SYN):
    return parse(tcp(src, sport, SERVER, 443, seq=seq, flags=flags))


def blocked(control, *asked):
    return [control.judge(at, one, True) is not None for at, one in asked]


def test_a_penalty_begins_above_the_limit_and_ends_by_itself():
    control = flood.Penalty(limit=2, window_s=1.0, penalty_s=5.0)
    times = [0.0, 0.1, 0.2, 3.0, 5.1, 5.3]
    assert blocked(control, *((at, syn()) for at in times)) == [False, False, True, True, True, False]
    assert control.episodes == [{"key": "192.0.2.1", "start": 0.2, "until": 5.2, "blocked": 3}]


def test_a_slow_source_and_other_keys_are_left_alone():
    control = flood.Penalty(limit=2, window_s=1.0, penalty_s=5.0)
    assert not any(blocked(control, *((at * 0.6, syn()) for at in range(20))))
    by_port = flood.Penalty(1, 1.0, 5.0, "source+port")
    assert blocked(by_port, (0, syn(sport=1)), (0, syn(sport=2)), (0.1, syn(sport=1)), (0.2, syn(sport=3))) == [False, False, True, False]
    prefix = flood.Penalty(1, 1.0, 5.0, "prefix")
    assert blocked(prefix, (0, syn("192.0.2.1")), (0, syn("192.0.2.2")), (0, syn("192.0.2.99"))) == [False, True, False]


def test_a_sliding_penalty_lasts_until_the_source_was_quiet():
    control = flood.Penalty(limit=1, window_s=1.0, penalty_s=5.0, sliding=True)
    times = [0.0, 0.1, 4.0, 8.0, 12.9, 18.0]
    assert blocked(control, *((at, syn()) for at in times)) == [False, True, True, True, True, False]
    assert control.episodes == [{"key": "192.0.2.1", "start": 0.1, "until": 17.9, "blocked": 4}]


def test_a_token_bucket_lets_its_burst_and_then_its_rate_pass():
    control = flood.TokenBucket(rate_per_s=10.0, burst=5)
    passed = [at for at in range(300) if not control.judge(at / 100, syn(), True)]
    assert passed[:5] == [0, 1, 2, 3, 4]
    assert 33 <= len(passed) <= 35
    assert control.episodes[0]["blocked"] == 300 - len(passed)


def test_a_connection_limit_counts_what_is_open():
    control = flood.ConnectionLimit(most=1)
    assert blocked(control, (0, syn(sport=1)), (0, syn(sport=1)), (0, syn(sport=2))) == [False, False, True]
    control.judge(1, syn(sport=1, flags=FIN | ACK), True)
    assert blocked(control, (2, syn(sport=2))) == [False]


def test_a_cool_down_blocks_a_port_and_not_a_repeated_syn():
    control = flood.CoolDown(hold_s=5.0)
    assert blocked(control, (0, syn(seq=1)), (1, syn(seq=1)), (5.5, syn(seq=2)), (5.6, syn(sport=9)), (6.1, syn(seq=3))) == [
        False,
        False,
        True,
        False,
        False,
    ]


def test_refusals_say_what_they_are_told_to():
    assert flood.refuse("drop", syn()).back == b""
    assert parse(flood.refuse("reset", syn()).back).ack == 2
    assert flood.refuse("icmp", syn()).back[20] == 3
    assert control_is_silent_about_answers()


def control_is_silent_about_answers():
    return flood.Penalty(0, 1.0, 1.0).judge(0, syn(flags=SYN | ACK), True) is None

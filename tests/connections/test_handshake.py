"""What a TLS handshake waits for, and since when."""

import pytest

from netdiag.connections.connection import Phase
from netdiag.packets.packet import ACK, FIN, PSH


def flight13(tls):
    return tls.record(22, tls.server_hello()) + tls.record(20, b"\x01") + tls.record(23, bytes(2000))


def test_tls13_is_complete_with_the_client_s_finished(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(flight13(tls))
    talk.client(tls.record(20, b"\x01") + tls.record(23, bytes(53)))
    row = talk.wire.only()
    assert (row["sni"], row["alpn"], row["tls_version"]) == ("app.example", "h2,http/1.1", 0x0304)
    assert row["tls_done_ns"] > 0
    assert row["phase"] == Phase.NONE
    assert (row["hellos"], row["server_hellos"]) == (1, 1)


def test_tls12_is_complete_with_both_finished(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(tls.record(22, tls.server_hello(0x0303) + tls.message(11, bytes(900)) + tls.message(14, b"")))
    talk.client(tls.record(22, tls.message(16, bytes(66))) + tls.record(20, b"\x01") + tls.record(22, bytes(40)))
    assert talk.wire.only()["phase"] == Phase.NO_SERVER_FINISH
    talk.server(tls.record(20, b"\x01") + tls.record(22, bytes(40)))
    row = talk.wire.only()
    assert (row["tls_version"], row["phase"], bool(row["marks"] & 32)) == (0x0303, Phase.NONE, False)
    assert row["tls_done_ns"] == row["server_finish_ns"] > row["client_finish_ns"] > 0


def test_tls12_resumption_is_told(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(tls.record(22, tls.server_hello(0x0303)) + tls.record(20, b"\x01") + tls.record(22, bytes(40)))
    talk.client(tls.record(20, b"\x01") + tls.record(22, bytes(40)))
    row = talk.wire.only()
    assert bool(row["marks"] & 32)
    assert row["tls_done_ns"] == row["client_finish_ns"] > 0


@pytest.mark.parametrize("step", list(Phase)[1:6])
def test_every_phase_is_named(talk, tls, step):
    hello = tls.record(22, tls.client_hello())
    if step == Phase.CLIENT_HELLO_LOST:
        talk.client(hello, acked=False)
    elif step > Phase.CLIENT_HELLO_LOST:
        talk.client(hello)
    if step == Phase.SERVER_FLIGHT_LOST:
        talk.server(flight13(tls)[:1400], acked=False)
    elif step == Phase.SERVER_FLIGHT_STOPPED:
        talk.server(flight13(tls)[:1400])
    assert talk.wire.only()["phase"] == step


def test_client_silent_after_the_whole_flight(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(flight13(tls))
    assert talk.wire.only()["phase"] == Phase.NO_CLIENT_FINISH


def test_half_a_hello_acknowledged_is_a_lost_hello(talk, tls):
    hello = tls.record(22, tls.client_hello(pad=1800))
    talk.client(hello[:1400])
    assert talk.wire.only()["phase"] == Phase.CLIENT_HELLO_LOST
    talk.client(hello[1400:])
    assert talk.wire.only()["phase"] == Phase.NO_SERVER_HELLO


def test_the_longest_wait_that_ended_is_kept(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(flight13(tls), after_ms=2500)
    talk.client(tls.record(20, b"\x01") + tls.record(23, bytes(53)))
    row = talk.wire.only()
    assert row["wait_3_ns"] == row["wait_ns"] == 2_500_000_000
    assert row["wait_phase"] == Phase.NO_SERVER_HELLO


def test_retransmissions_are_no_progress(talk, tls):
    hello = tls.record(22, tls.client_hello())
    talk.client(hello, acked=False)
    since = talk.wire.only()["phase_ns"]
    for wait in (200, 400, 800):
        talk.wire.out(ACK | PSH, talk.seq - len(hello), talk.peer, hello, after_ms=wait)
    row = talk.wire.only()
    assert (row["phase"], row["phase_ns"], row["retrans_out"]) == (Phase.CLIENT_HELLO_LOST, since, 3)


def test_who_gave_up(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.wire.out(FIN | ACK, talk.seq, talk.peer, after_ms=10_000)
    row = talk.wire.only()
    assert (row["phase"], row["quit_by"]) == (Phase.NO_SERVER_HELLO, 1)
    assert row["quit_ns"] - row["phase_ns"] == 10_000_000_000


def test_hello_retry(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(tls.record(22, tls.server_hello(retry=True)))
    row = talk.wire.only()
    assert bool(row["marks"] & 16)
    assert row["phase"] == Phase.NO_CLIENT_HELLO
    talk.client(tls.record(20, b"\x01") + tls.record(22, tls.client_hello()))
    assert talk.wire.only()["phase"] == Phase.NO_SERVER_HELLO
    talk.server(flight13(tls))
    talk.client(tls.record(23, bytes(53)))
    row = talk.wire.only()
    assert (row["hellos"], row["server_hellos"], row["phase"]) == (2, 2, Phase.NONE)


def test_alerts(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(tls.record(21, b"\x02\x28"))
    row = talk.wire.only()
    assert (row["alert_by"], row["alert_level"], row["alert_description"], row["phase"]) == (2, 2, 40, Phase.NONE)


def test_an_encrypted_alert_is_known_by_its_length(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(flight13(tls))
    talk.client(tls.record(23, bytes(19)))
    row = talk.wire.only()
    assert (row["alert_by"], row["alert_level"], row["tls_done_ns"]) == (1, 0, 0)


def test_other_protocols_are_not_followed(talk):
    talk.client(b"GET / HTTP/1.1\r\n\r\n")
    row = talk.wire.only()
    assert (row["tls"], row["phase"]) == (2, Phase.NONE)


def test_a_server_that_speaks_first_waits_for_no_hello(talk):
    talk.server(b"220 mail ESMTP\r\n")
    assert talk.wire.only()["phase"] == Phase.NONE


def test_starttls(talk, tls):
    talk.server(b"220 mail ESMTP\r\n")
    talk.client(b"STARTTLS\r\n")
    talk.server(b"220 go ahead\r\n")
    talk.client(tls.record(22, tls.client_hello(b"mail.example")))
    row = talk.wire.only()
    assert (row["sni"], row["phase"]) == ("mail.example", Phase.NO_SERVER_HELLO)
    talk.server(flight13(tls))
    talk.client(tls.record(23, bytes(53)))
    assert talk.wire.only()["tls_done_ns"] > 0


def test_cut_payload_is_unknown_not_missing(talk, tls):
    talk.client(tls.record(22, tls.client_hello()), captured=60)
    row = talk.wire.only()
    assert row["marks"] & 256
    assert row["phase"] == Phase.NONE
    assert row["tls"] == 3


def test_other_protocols_have_no_hello_and_no_wait(wire, talk):
    wire.now += 3 * 10**9
    talk.server(b"220 mail ESMTP\r\n")
    talk.client(b"QUIT\r\n")
    row = wire.only()
    assert (row["hello_ns"], row["hello_ref"], row["wait_ns"]) == (0, 0, 0)


def test_the_hello_after_starttls_is_timed_by_itself(wire, talk, tls):
    talk.server(b"220 mail ESMTP\r\n")
    talk.client(b"STARTTLS\r\n")
    talk.server(b"220 go ahead\r\n")
    talk.client(tls.record(22, tls.client_hello()))
    row = wire.only()
    assert row["hello_ns"] == row["hello_done_ns"] > 0

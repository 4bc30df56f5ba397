"""Reading records and hellos, also those that lie."""

import struct

import pytest


def sent(talk, data):
    talk.client(data)
    return talk.wire.only()


def test_a_hello_over_many_records(talk, tls):
    hello = tls.client_hello(b"split.example", pad=500)
    records = b"".join(tls.record(22, hello[i : i + 100]) for i in range(0, len(hello), 100))
    row = sent(talk, records)
    assert (row["sni"], row["hellos"], row["hello_len"]) == ("split.example", 1, len(hello))


def test_a_message_header_over_two_records(talk, tls):
    hello = tls.client_hello(b"header.example")
    assert sent(talk, tls.record(22, hello[:2]) + tls.record(22, hello[2:]))["sni"] == "header.example"


def test_a_hello_without_extensions(talk, tls):
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x00\x2f" + b"\x01\x00"
    row = sent(talk, tls.record(22, tls.message(1, body)))
    assert row["hellos"] == 1
    assert row["sni"] is None or row["sni"] != row["sni"]


@pytest.mark.parametrize("cut", range(5, 60, 5))
def test_lengths_that_lie_are_survived(talk, tls, cut):
    hello = bytearray(tls.client_hello())
    hello[-cut] ^= 0xFF
    row = sent(talk, tls.record(22, bytes(hello)))
    assert row["hellos"] == 1


def test_a_name_that_runs_past_its_extension_is_not_read(talk, tls):
    bad = tls.extension(0, struct.pack("!HBH", 3, 0, 400) + b"abc")
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + struct.pack("!H", len(bad)) + bad
    row = sent(talk, tls.record(22, tls.message(1, body)))
    assert row["sni"] != row["sni"]


def test_strange_bytes_in_names_are_shown_as_hex(talk, tls):
    assert sent(talk, tls.record(22, tls.client_hello(b"\x1b[31mevil\n\\")))["sni"] == "\\x1b[31mevil\\x0a\\x5c"


def test_a_record_longer_than_allowed_is_no_tls(talk):
    row = sent(talk, struct.pack("!BHH", 22, 0x0301, 60000) + bytes(500))
    assert row["tls"] == 2


def test_drafts_of_tls13_are_tls13(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    hello = tls.server_hello().replace(tls.extension(43, b"\x03\x04"), tls.extension(43, b"\x7f\x1c"))
    talk.server(tls.record(22, hello))
    assert talk.wire.only()["tls_version"] == 0x0304


def test_client_certificate_request(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(tls.record(22, tls.server_hello(0x0303) + tls.message(11, bytes(10)) + tls.message(13, bytes(10)) + tls.message(14, b"")))
    assert talk.wire.only()["marks"] & 2048


def test_a_warning_does_not_hide_the_fatal_alert(talk, tls):
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(tls.record(21, b"\x01\x70"))
    talk.server(tls.record(21, b"\x02\x28"))
    row = talk.wire.only()
    assert (row["alert_level"], row["alert_description"]) == (2, 40)


def test_many_hellos_in_one_segment_cost_two_names(talk, tls):
    hellos = b"".join(tls.client_hello(f"n{k}.example".encode(), alpn=(f"p{k}".encode(),)) for k in range(300))
    talk.client(b"".join(tls.record(22, hellos[i : i + 16000]) for i in range(0, len(hellos), 16000)))
    row = talk.wire.only()
    assert (row["sni"], row["alpn"], row["hellos"]) == ("n0.example", "p0", 300)
    assert talk.wire.tracker().state.meta[1] == 2


def test_a_repeated_extension_is_read_once(talk, tls):
    names = b"".join(tls.extension(0, struct.pack("!HBH", 5, 0, 2) + bytes([97 + k % 26, 98])) for k in range(200))
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + struct.pack("!H", len(names)) + names
    talk.client(tls.record(22, tls.message(1, body)))
    assert talk.wire.only()["sni"] == "ab"
    assert talk.wire.tracker().state.meta[1] == 1

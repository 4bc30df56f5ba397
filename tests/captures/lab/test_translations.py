"""Conntrack's events, as the kernel sends them."""

from captures.lab.translations import Translations, events

EVENT = bytes.fromhex(
    "7c00000000010006000000000000000002000000"
    "340001801400018008000100c000020108000200cb00710a1c0002800500010006000000060002009c400000060003" + "0001bb0000"
    "340002801400018008000100cb00710a08000200c63364c81c000280050001000600000006000200" + "01bb00000600030075300000"
)


def test_a_new_connection_tells_its_public_port():
    inside = ("192.0.2.1", 40000, "203.0.113.10", 443)
    assert list(events(EVENT)) == [(inside, ("198.51.100.200", 30000))]
    known = Translations()
    known.heard[inside] += [("198.51.100.200", 1), ("198.51.100.200", 2)]
    assert known.public(inside) == ("198.51.100.200", 2)
    assert known.public(("192.0.2.9", 1, "203.0.113.10", 443)) is None


def test_other_messages_are_passed_over():
    assert list(events(b"")) == []
    assert list(events(EVENT[:20])) == []
    assert list(events(EVENT.replace(b"\x05\x00\x01\x00\x06", b"\x05\x00\x01\x00\x11"))) == []

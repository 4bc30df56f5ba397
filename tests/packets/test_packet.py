"""Rows are compact, and their bits are what they say."""

from __future__ import annotations

from netdiag.packets.packet import ACK, AE, CWR, ECE, FIN, PACKET, PSH, RST, SYN, URG, Layer, Oddity, Option


def test_rows_are_whole_words_without_gaps() -> None:
    assert PACKET.itemsize % 8 == 0
    assert PACKET.itemsize - sum(PACKET[name].itemsize for name in PACKET.names or ()) < 8


def test_bits_do_not_collide() -> None:
    for flags in (Layer, Oddity, Option):
        assert sum(flags) == 2 ** len(flags) - 1
    assert FIN | SYN | RST | PSH | ACK | URG | ECE | CWR | AE == 0x1FF


def test_bits_fit_their_fields() -> None:
    assert max(Layer) < 2 ** (8 * PACKET["layers"].itemsize)
    assert max(Oddity) < 2 ** (8 * PACKET["oddities"].itemsize)
    assert max(Option) < 2 ** (8 * PACKET["options"].itemsize)

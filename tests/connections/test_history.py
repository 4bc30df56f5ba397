"""Zeek's history letters."""

import numpy as np

from netdiag.connections import history
from netdiag.packets.packet import ACK, FIN, RST, SYN


def test_letters_in_order_and_once(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"ab")
    wire.back(ACK, 5001, 1003, b"cd")
    wire.out(ACK, 1003, 5003, b"ef")
    wire.back(RST, 5003)
    assert wire.only()["history"] == "ShADdr"


def test_more_letters_than_one_word_holds(wire):
    wire.opened()
    wire.out(ACK, 1001, 5001, b"ab")
    wire.out(ACK, 1001, 5001, b"ab", after_ms=300)
    wire.back(ACK, 5001, 1003)
    wire.back(ACK, 5001, 1003, b"cd")
    wire.back(ACK, 5001, 1003, b"cd", after_ms=300)
    wire.out(ACK, 1003, 5003, window=0)
    wire.back(ACK, 5003, 1003, window=0)
    wire.out(FIN | ACK, 1003, 5003)
    wire.back(FIN | ACK, 5003, 1004)
    wire.out(RST, 1004)
    wire.back(RST, 5004)
    assert wire.only()["history"] == "ShADTadtWwFfRr"


def test_a_guess_is_marked(wire):
    wire.back(SYN | ACK, 5000, 1001)
    assert wire.only()["history"] == "^h"


def test_no_rows():
    assert len(history.numbered(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32)).codes) == 0

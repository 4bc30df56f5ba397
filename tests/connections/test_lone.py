"""A lone SYN is one that nobody repeated and nothing followed; every other connection has a story."""

import numpy as np
import pytest

from netdiag.connections.lone import LONE, SOURCES, source_of
from netdiag.kernel import kernel
from netdiag.packets.packet import ACK, RST, SYN


@kernel
def _sources(rows, sides, live, holders, found):
    for i in range(holders.size):
        if holders[i] >= 0:
            found[holders[i]] = source_of(rows[i], live[i], sides[2 * i], sides[2 * i + 1])


def sources(wire):
    state = wire.tracker().state
    found = np.full(int((state.holders >= 0).sum()), -1)
    _sources(state.rows, state.sides, state.live, state.holders, found)
    return found.tolist()


def again(wire):
    wire.out(SYN, 7)


def answered(wire):
    wire.back(SYN | ACK, 90, 8)
    wire.back(SYN | ACK, 90, 8)


def gone_on(wire):
    wire.back(SYN | ACK, 90, 8)
    wire.out(ACK, 8, 91)


def refused(wire):
    wire.back(RST | ACK, 0, 8)


def half_told(wire):
    wire.back(SYN | ACK, 90, 8, bytes.fromhex("160303007a020000"))


@pytest.mark.parametrize("story", [None, answered, half_told, again, gone_on, refused])
def test_what_followed_decides(wire, story):
    wire.out(SYN, 7)
    if story:
        story(wire)
    (found,) = sources(wire)
    assert bool(found & LONE) is (story in (None, answered))


def test_a_source_has_one_mark_whatever_it_does(wire):
    wire.out(SYN, 7, port=2000)
    wire.out(SYN, 7, port=2001)
    wire.back(RST | ACK, 0, 8, port=2001)
    one, other = sources(wire)
    assert one == other | LONE
    assert 0 <= other < SOURCES


def test_a_port_used_again_is_no_lone_syn(wire):
    wire.opened()
    wire.out(SYN, 70_000_000)
    assert [bool(each & LONE) for each in sources(wire)] == [False, False]

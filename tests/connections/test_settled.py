"""A settled row comes back as it was; packets, too, find it again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.connections import settled
from netdiag.connections.connection import CONNECTION, PHASES
from netdiag.connections.derived import derived
from netdiag.connections.settled import FIRST_NS, FIRST_REF, KINDS, MOST_BYTES, PLAIN, REF, TIME
from netdiag.connections.state import FREE, LIVE, PLACES, ROW_WORDS, SETTLED, SIDE_STATE, WASTE
from netdiag.connections.tracker import Tracker
from netdiag.kernel import kernel
from netdiag.packets.packet import ACK, RST, SYN

WORDS = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 255, 256, 2**63 - 1, 2**63, 2**64 - 1]), st.integers(0, 2**20))


@kernel
def _squeezed(flat: Any, rows: Any, sides: Any, live: Any, waits: Any, store: Any, start: int, back: Any) -> Any:
    settled.set_up(np.int64(0), rows, sides, live, waits, flat)
    end = settled.squeeze(5, np.int64(0), rows, sides, live, waits, store, start)
    settled.restore(store, start, back, np.int64(0))
    return end


def _there_and_back(flat: Any, store: Any, start: int, back: Any) -> int:
    tables = np.zeros(1, CONNECTION), np.zeros(2, SIDE_STATE), np.zeros(1, LIVE), np.zeros((1, PHASES), np.int64)
    end = _squeezed(flat, *tables, store, start, back)
    assert not any(table.view(np.uint8).any() for table in tables)  # the place is as a new connection finds it
    return int(end)


@settings(deadline=None)
@given(base=WORDS, ref=WORDS, words=st.lists(WORDS, min_size=ROW_WORDS, max_size=ROW_WORDS), start=st.integers(0, 9))
def test_any_row_comes_back(base: int, ref: int, words: list[int], start: int) -> None:
    flat, store, back = np.array(words, np.uint64), np.full(MOST_BYTES + 9, 0xAA, np.uint8), np.ones(ROW_WORDS, np.uint64)
    flat[FIRST_NS], flat[FIRST_REF] = base, ref
    end = _there_and_back(flat, store, start, back)
    assert back.tolist() == flat.tolist()
    assert store[start : start + 8].view(np.uint32).tolist() == [5, end - start]
    assert end - start <= MOST_BYTES


@pytest.mark.parametrize("base", [0, 1, 2**63 - 1, 2**63, 2**64 - 1, 1_700_000_000_000_000_000])
def test_near_is_undone_at_every_edge(base: int) -> None:
    edges = {(base + step) % 2**64 for step in range(-3, 4)} | {step % 2**64 for step in range(-3, 4)} | {2**63 - 1, 2**63}
    for value in edges:
        row = np.zeros(ROW_WORDS, np.uint64)
        row[FIRST_NS], row[np.flatnonzero(KINDS == TIME)[-1]] = base, value
        back = np.ones(ROW_WORDS, np.uint64)
        _there_and_back(row, np.zeros(MOST_BYTES, np.uint8), 0, back)
        assert back.tolist() == row.tolist()


def test_times_and_refs_are_told_from_the_rest() -> None:
    assert {PLAIN, TIME, REF} == set(KINDS.tolist())
    assert KINDS[FIRST_NS] == TIME
    assert KINDS[FIRST_REF] == REF


def test_an_ordinary_row_takes_less_than_half_its_size(talk: Any, tls: Any) -> None:
    talk.client(tls.record(22, tls.client_hello()))
    talk.server(tls.record(22, tls.server_hello()) + tls.record(23, bytes(900)))
    talk.client(tls.record(23, bytes(53)))
    tracker = talk.wire.tracker()
    tracker.settle()
    assert 0 < tracker.state.meta[SETTLED] < 8 * ROW_WORDS // 2


def fed(wire: Any, tracker: Tracker, step: int) -> Tracker:
    """The wire's packets, `step` at a time, everything settled in between."""
    rows, buffer = wire.packets(), np.frombuffer(bytes(wire.payload) + b"\0", np.uint8).copy()
    for start in range(0, len(rows), step):
        tracker.feed(rows[start : start + step], buffer)
        tracker.settle()
    return tracker


@pytest.mark.parametrize("step", [1, 3])
def test_a_handshake_goes_on_after_settling(talk: Any, tls: Any, step: int) -> None:
    hello = tls.record(22, tls.client_hello(pad=900))
    talk.client(hello[:700])
    talk.client(hello[700:])
    talk.server(tls.record(22, tls.server_hello()) + tls.record(23, bytes(900)))
    talk.client(tls.record(23, bytes(53)))
    pd.testing.assert_frame_equal(derived(fed(talk.wire, Tracker(1), step).state).frame, talk.wire.table())


def test_incarnations_of_a_port_are_all_called_back(wire: Any) -> None:
    for turn in range(12):  # more than are looked at
        wire.opened(1000 + 500_000_000 * turn, 5000 + turn)
    wire.back(ACK, 5003, 1001 + 500_000_000 * 7)  # an older one speaks
    wire.out(SYN, 77, port=40_000)
    wire.back(ACK, 5011, 1001 + 500_000_000 * 11)
    wire.out(RST, 1001 + 500_000_000 * 11)
    every = wire.table()
    assert len(every) == 13
    assert every["wrong_acks"].sum() == 1
    pd.testing.assert_frame_equal(derived(fed(wire, Tracker(1), 1).state).frame, every)


def test_more_connections_than_places(wire: Any) -> None:
    count = 3 * PLACES
    rows = np.zeros(2 * count, wire_kind := wire.packets().dtype)
    rows["ts_ns"], rows["ref"] = np.arange(2 * count) * 1000 + 1, np.arange(2 * count) + 1
    rows["src_lo"] = np.tile(np.arange(count), 2) + 7  # every one comes back after all others
    rows["dst_lo"], rows["sport"], rows["dport"], rows["proto"], rows["layers"] = 3, 999, 443, 6, 4
    rows["flags"], rows["seq"], rows["ack"] = np.repeat([SYN, ACK], count), np.repeat([5, 6], count), np.repeat([0, 9], count)
    rows["ip_id"] = np.arange(2 * count) % 65_521
    assert rows.dtype == wire_kind
    tracker = Tracker(1)
    tracker.feed(rows, np.zeros(1, np.uint8))
    frame = derived(tracker.state).frame
    assert frame["src"].astype(str).nunique() == len(frame) == count
    assert (frame["packets_out"] == 2).all()
    assert (frame["first_ref"] == np.arange(count) + 1).all()
    assert (frame["last_ref"] == np.arange(count, 2 * count) + 1).all()
    assert len(tracker.state.holders) > PLACES  # they were called back so often that the tables grew


def test_room_of_rows_called_back_is_used_again(wire: Any) -> None:
    wire.opened()
    tracker = fed(wire, Tracker(1), 1)
    state = tracker.state
    assert state.meta[WASTE] > 0
    before = derived(state).frame
    used = int(state.meta[SETTLED])
    settled.close_up(state.settled, state.links, np.zeros(1, np.int64), state.meta)
    assert 2 * state.meta[SETTLED] < used
    assert state.meta[WASTE] == 0
    pd.testing.assert_frame_equal(derived(state).frame, before)


def test_streams_that_wait_for_bytes_stay(talk: Any, tls: Any) -> None:
    talk.client(tls.record(22, tls.client_hello(pad=900))[:700])
    tracker = talk.wire.tracker()
    tracker.settle()
    assert tracker.state.meta[FREE] == len(tracker.state.holders) - 1

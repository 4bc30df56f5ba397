"""The columns that detectors read."""

import copy
import gc
import pickle
import tracemalloc
import weakref

import numpy as np
import pandas as pd
import pytest

from netdiag.connections import blocks
from netdiag.connections import derived as derived_module
from netdiag.connections.connection import FIELDS
from netdiag.connections.derived import CONN_STATES, derived
from netdiag.connections.state import ROWS, new_state
from netdiag.connections.tracker import Tracker
from netdiag.packets.packet import ACK, FIN, RST, SYN

TEXT = {"src_hi", "src_lo", "dst_hi", "dst_lo", "icmp_from_hi", "icmp_from_lo", "history_lo", "history_hi", "history_seen"}
DERIVED = {"src", "dst", "icmp_from", "history", "conn_state", "partial", "established", "reused"}


def test_columns_are_the_contract(wire):
    wire.opened()
    assert set(wire.table().columns) == {name for name, _, _ in FIELDS} - TEXT | DERIVED


def test_an_empty_capture_has_all_columns(wire):
    wire.opened()
    assert list(derived(Tracker(1).state).frame.columns) == list(wire.table().columns)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([("out", SYN, 1000, 0)], "S0"),
        ([("out", SYN, 1000, 0), ("back", SYN | ACK, 5000, 1001)], "S1"),
        ([("out", SYN, 1000, 0), ("back", RST | ACK, 0, 1001)], "REJ"),
        ([("out", SYN, 1000, 0), ("out", RST, 1001, 0)], "RSTOS0"),
        ([("out", SYN, 1000, 0), ("out", FIN, 1001, 0)], "SH"),
        ([("back", SYN | ACK, 5000, 1001), ("back", RST, 5001, 0)], "RSTRH"),
        ([("back", SYN | ACK, 5000, 1001), ("back", FIN | ACK, 5001, 1001)], "SHR"),
        ([("out", ACK, 1000, 5000)], "OTH"),
    ],
)
def test_conn_state(wire, steps, state):
    for side, flags, seq, ack in steps:
        getattr(wire, side)(flags, seq, ack)
    assert wire.only()["conn_state"] == state


@pytest.mark.parametrize(("client", "server", "state"), [(True, False, "S2"), (False, True, "S3"), (True, True, "SF")])
def test_conn_state_of_closing(wire, client, server, state):
    wire.opened()
    if client:
        wire.out(FIN | ACK, 1001, 5001)
    if server:
        wire.back(FIN | ACK, 5001, 1002 if client else 1001)
    assert wire.only()["conn_state"] == state


def test_the_first_reset_counts(wire):
    wire.opened()
    wire.back(RST, 5001)
    wire.out(RST, 1001)
    assert wire.only()["conn_state"] == "RSTR"


def test_conn_states_are_zeek_s():
    assert len(set(CONN_STATES)) == 13


def test_nothing_is_held_beside_the_columns(monkeypatch):
    monkeypatch.setattr(blocks, "ROWS", 128)
    count, state = 10_000, new_state(1, 0)
    state.links["at"][:count], state.meta[ROWS] = np.arange(count), count
    state.rows["id"][:count] = np.arange(count)
    state.rows["sni"] = state.rows["alpn"] = -1
    derived(state)  # imports are not counted
    tracemalloc.start(1)
    columns = derived(state)
    assert len(columns) == count
    columns["first_ref"]  # and what is laid out later
    left, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (peak - left) / count < 12


def test_what_only_troubled_connections_are_asked_for_is_laid_out_later(wire, monkeypatch):
    monkeypatch.setattr(derived_module, "LATER_BYTES", 0)
    wire.opened()
    tracker = wire.tracker()
    whole = derived(tracker.state).frame
    table, settled = derived(tracker.finish()), weakref.ref(tracker.state.settled)
    del tracker
    assert table["syn_ns"].tolist() == whole["syn_ns"].tolist()
    gc.collect()
    assert settled() is not None  # the rows, from which the others come
    assert table["first_ref"].tolist() == whole["first_ref"].tolist()
    gc.collect()
    assert settled() is None
    assert table.words("history").tolist() == whole["history"].tolist()


def test_of_few_connections_nothing_is_left_for_later(wire):
    wire.opened()
    tracker = wire.tracker()
    table, settled = derived(tracker.finish()), weakref.ref(tracker.state.settled)
    del tracker
    gc.collect()
    assert settled() is None
    assert len(table) == 1


@pytest.mark.parametrize("least", [0, 1 << 8])
def test_a_table_can_go_to_another_process(wire, monkeypatch, least):
    monkeypatch.setattr(derived_module, "LATER_BYTES", least)
    wire.opened()
    table = derived(wire.tracker().state)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(table)).frame, table.frame)
    pd.testing.assert_frame_equal(copy.deepcopy(derived(wire.tracker().state)).frame, table.frame)

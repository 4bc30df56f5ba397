"""The tracker over batches: cutting them anywhere changes nothing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netdiag import connections
from netdiag.connections.derived import derived
from netdiag.connections.tracker import COMPILE, Tracker
from netdiag.packets.packet import SYN


def test_growth(wire):
    for k in range(5000):
        wire.out(SYN, k, port=1024 + k)
        wire.back(18, 9000 + k, k + 1, port=1024 + k)
    table = wire.table()
    assert len(table) == 5000
    assert table["sport"].tolist() == list(range(1024, 6024))
    assert (table["synack_count"] == 1).all()


def _conversation(wire_class, talk_class, tls):
    wire = wire_class()
    talk = talk_class(wire)
    hello = tls.record(22, tls.client_hello(pad=900))
    talk.client(hello[:700])
    talk.client(hello[700:])
    talk.server(tls.record(22, tls.server_hello()) + tls.record(23, bytes(900)))
    talk.client(tls.record(23, bytes(53)))
    wire.out(SYN, 77_000_000)
    wire.back(16, 5001, 1001)
    return wire


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 14), max_size=6))
def test_batches_do_not_matter(talk, tls, cuts):
    wire = _conversation(type(talk.wire), type(talk), tls)
    pd.testing.assert_frame_equal(derived(wire.tracker(cuts).state).frame, wire.table())


@pytest.mark.parametrize("seed", [1, 2**63 - 1])
def test_the_seed_does_not_matter(talk, tls, seed):
    talk.client(tls.record(22, tls.client_hello()))
    tracker = Tracker(1, seed)
    tracker.feed(talk.wire.packets(), np.frombuffer(bytes(talk.wire.payload), np.uint8).copy())
    pd.testing.assert_frame_equal(derived(tracker.state).frame, talk.wire.table())


def test_on_a_first_run_what_only_large_captures_need_is_compiled_too(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    for half in (COMPILE, "from netdiag.connections.tracker import compile_others; compile_others()"):
        subprocess.run([sys.executable, "-c", half], env=environment, check=True)
    room = Path(connections.__file__).parent
    kernels = {f"{path.stem}.{name}" for path in room.glob("*.py") for name in re.findall(r"(?m)^@kernel\ndef (\w+)", path.read_text())}
    compiled = {path.name.partition("-")[0].removeprefix("connections.") for path in tmp_path.glob("*.o")}
    assert len(kernels) > 5
    assert compiled == kernels


@pytest.mark.parametrize("room", [1, 2, 3])
def test_hardly_any_room_is_a_beginning(wire, room):
    for port in range(40000, 40010):
        wire.out(SYN, 1000, port=port)
    tracker = Tracker(1, room=room)
    tracker.feed(wire.packets(), np.zeros(1, np.uint8))
    assert len(derived(tracker.state).frame) + tracker.forgotten == 10


def test_what_is_let_go_of_in_the_end_is_in_no_table(wire):
    wire.opened()
    wire.out(SYN, 1000, port=40001)
    tracker = wire.tracker([])
    before = derived(tracker.state).frame
    pd.testing.assert_frame_equal(derived(tracker.finish()).frame, before)
    assert not tracker.state.table.size

"""Inputs that overlap in time become one row of records."""

import heapq
import resource
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.capture.capture import Capture
from netdiag.capture.formats.pcapng import MAX_INTERFACES
from netdiag.capture.merge import INTERFACE_BITS, Numbers
from netdiag.capture.record import RECORD
from netdiag.errors import CaptureError


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


TIMES = st.lists(st.lists(st.integers(0, 40), max_size=12), min_size=1, max_size=5)


def merged(lists: list[list[int]]) -> list[tuple[int, int]]:
    """The (input, position) order of a merge that always takes the least head."""
    heads = [(times[0], n, 0) for n, times in enumerate(lists) if times]
    heapq.heapify(heads)
    order = []
    while heads:
        _, n, at = heapq.heappop(heads)
        order.append((n, at))
        if at + 1 < len(lists[n]):
            heapq.heappush(heads, (lists[n][at + 1], n, at + 1))
    return order


@settings(deadline=None, max_examples=60)
@given(lists=TIMES, chunk_bytes=st.sampled_from([1, 64, 200, 4 << 20]))
def test_the_order_is_that_of_the_least_head(files, tmp_path_factory, lists, chunk_bytes):
    folder = tmp_path_factory.mktemp("merge")
    for n, times in enumerate(lists):
        packets = [(ts, bytes((n, at)) + bytes(ts)) for at, ts in enumerate(times)]
        (folder / f"{n}").write_bytes(files.pcap(packets))
    capture = Capture([folder], chunk_bytes=chunk_bytes)
    place = [int(Path(entry.path).name) for entry in capture.inputs]
    found = files.drain(capture)
    expected = merged([lists[n] for n in place])
    assert [(p.ref >> 40, (p.ref & 0xFFFFFF) - 1) for p in found] == expected
    assert [(p.data[0], p.data[1]) for p in found] == [(place[n], at) for n, at in expected]
    assert [p.ts_ns for p in found] == [lists[place[n]][at] for n, at in expected]
    for n, entry in enumerate(capture.inputs):
        times = lists[place[n]]
        assert (entry.packets, entry.first_ns, entry.last_ns) == (len(times), min(times, default=None), max(times, default=None))


def test_chunks_pass_uncopied_while_one_input_is_alone(files, tmp_path):
    for n in range(3):
        (tmp_path / f"{n}").write_bytes(files.pcap([(n * 1000 + k, b"x" * 50) for k in range(100)]))
    buffers = [(chunk.buffer.ctypes.data, chunk.records.size) for chunk in Capture([tmp_path]).chunks()]
    assert [count for _, count in buffers] == [100, 100, 100]


def test_interfaces_are_numbered_in_order_of_their_first_packet(files, tmp_path):
    a = files.section() + files.interface() * 3 + files.enhanced(1, b"a", which=2) + files.enhanced(5, b"e", which=0)
    b = files.section() + files.interface() * 2 + files.enhanced(2, b"b", which=1) + files.enhanced(4, b"d", which=0)
    c = files.section() + files.interface() + files.enhanced(3, b"c")
    for name, data in (("a", a), ("b", b), ("c", c)):
        (tmp_path / name).write_bytes(data)
    for size in (64, 4 << 20):
        assert [(p.data, p.interface) for p in files.read(tmp_path, chunk_bytes=size)] == [
            (b"a", 0),
            (b"b", 1),
            (b"c", 2),
            (b"d", 3),
            (b"e", 4),
        ]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 5)), max_size=300))
def test_numbers_are_given_once_and_in_order(pairs):
    numbers, known = Numbers(), {}
    for start in range(0, len(pairs), 7):
        part = pairs[start : start + 7]
        records = np.zeros(len(part), RECORD)
        records["ref"] = [file << 40 | 1 for file, _ in part]
        records["interface"] = [interface for _, interface in part]
        numbers.give(records)
        assert records["interface"].tolist() == [known.setdefault(pair, len(known)) for pair in part]


def test_interface_numbers_of_an_input_fit_their_bits():
    assert 1 << INTERFACE_BITS == MAX_INTERFACES


def test_a_ring_needs_few_open_files(files, tmp_path):
    for n in range(200):
        (tmp_path / f"{(n * 77) % 200}").write_bytes(files.pcap([(n * 10 + k, bytes((n,))) for k in range(5)]))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = open_files()
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 10, hard))
    try:
        found = [int(chunk.records["ts_ns"][0]) for chunk in Capture([tmp_path]).chunks()]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [n * 10 for n in range(200)]


def test_too_many_overlapping_inputs_are_an_error_that_says_so(files, tmp_path):
    for n in range(40):
        (tmp_path / f"{n}").write_bytes(files.pcap([(n, b"a"), (1000 + n, b"b")]))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    capture = Capture([tmp_path])
    used = open_files()
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 10, hard))
    try:
        with pytest.raises(CaptureError, match="too many captures overlap in time"):
            files.drain(capture)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_file_that_vanished_since_is_told_and_the_others_are_read(files, tmp_path):
    for n in range(3):
        (tmp_path / f"{n}").write_bytes(files.pcap([(n, bytes((n,)))]))
    capture = Capture([tmp_path])
    (tmp_path / "1").unlink()
    assert [p.data for p in files.drain(capture)] == [b"\0", b"\2"]
    assert [entry.status for entry in capture.inputs] == ["complete", "damaged", "complete"]
    assert capture.inputs[1].error is not None
    assert "it was there before" in capture.inputs[1].error.lower()


def test_leaving_early_closes_the_files(files, tmp_path):
    for n in range(3):
        (tmp_path / f"{n}").write_bytes(files.pcap([(n, b"a"), (10, b"b")]))
    before = open_files()
    chunks = Capture([tmp_path]).chunks()
    next(chunks)
    chunks.close()
    assert open_files() == before

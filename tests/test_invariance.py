"""The answer depends on the packets alone: not on chunks, pieces, compression, the way in, or how rows are cut into batches.

"Same answer" is the JSON document without `inputs`, and the table of connections. A packet is named by file and frame,
so in pieces of a capture it has other names: both are compared after they are translated to the packet's position in
the whole capture.
"""

import gzip
import itertools
import json
import lzma
import struct
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import lz4.frame
import numpy as np
import pandas as pd
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.analyze import analyze
from netdiag.capture.capture import Capture
from netdiag.capture.ref import REF_FILE_SHIFT, REF_FRAME_MASK
from netdiag.connections.state import ROWS, State
from netdiag.connections.tracker import Tracker
from netdiag.packets.decode import Decoder

BEHAVIOURS = (
    "captures/behaviours/nat500_timewait_collision.pcap",
    "captures/behaviours/flood_ban10s.pcap",
    "captures/behaviours/port_reuse_states.pcap",
    "captures/behaviours/tls_stall_cert_flight_blackholed_serverside.pcap",
)
"""Captures with findings of every kind, whose times never go back: they can be cut into pieces."""
ODD = (
    "corpus/open/zeek_gtp1_gn_normal_incl_fragmentation.pcap",  # fragments in tunnels
    "corpus/open/suricata-verify_frag-15.pcap",
    "corpus/open/zeek_vxlan-triple-v2.pcap",
    "corpus/open/zeek_handshake-reorder.pcap",
    "corpus/open/zeek_tls-fragmented-handshake.pcap.gz",
    "corpus/open/PcapPlusPlus_many_interfaces-1.pcapng",
    "corpus/open/nDPI_KakaoTalk_chat.pcap",
)
SHARED = Path(__file__).resolve().parents[2] / "shared"
FILE_HEADER, RECORD_HEADER = 24, 16


@cache
def answer(paths: tuple[Path, ...], chunk_bytes: int = 4 << 20) -> tuple[dict[str, Any], pd.DataFrame]:
    """Document and connections, packets named by their position in the whole capture."""
    result = analyze(paths, chunk_bytes=chunk_bytes)
    before = [0, *itertools.accumulate(one.packets for one in result.inputs)]
    document = result.document()
    del document["inputs"]
    for finding in document["findings"]:
        for packet in finding["evidence"]:
            packet["frame"] += before[packet.pop("file")]
    connections = result.connections.copy()
    for name in connections.filter(regex="_ref$"):
        ref = connections[name].to_numpy()
        connections[name] = np.where(ref > 0, np.array(before)[ref >> REF_FILE_SHIFT] + (ref & REF_FRAME_MASK), 0)
    return document, connections


def assert_same(one: tuple[dict[str, Any], pd.DataFrame], other: tuple[dict[str, Any], pd.DataFrame]) -> None:
    assert one[0] == other[0]
    pd.testing.assert_frame_equal(one[1], other[1])


def cut(path: Path, count: int, folder: Path) -> tuple[Path, ...]:
    """Cut a little-endian pcap file into `count` pieces of about as many packets."""
    data = path.read_bytes()
    assert data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
    starts, at = [], FILE_HEADER
    while at < len(data):
        starts.append(at)
        at += RECORD_HEADER + struct.unpack_from("<I", data, at + 8)[0]
    edges = [starts[len(starts) * k // count] for k in range(count)] + [len(data)]
    pieces = []
    for k, (start, end) in enumerate(itertools.pairwise(edges)):
        piece = folder / f"{9 - k}.cap"  # names sort against time: time decides
        piece.write_bytes(data[:FILE_HEADER] + data[start:end])
        pieces.append(piece)
    return tuple(pieces)


@pytest.mark.parametrize("chunk_bytes", [64, 1000, 64 << 10, 64 << 20])
@pytest.mark.parametrize("name", BEHAVIOURS + ODD)
def test_chunk_size(name: str, chunk_bytes: int) -> None:
    assert_same(answer((SHARED / name,), chunk_bytes), answer((SHARED / name,)))


@pytest.mark.parametrize("count", [2, 7])
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_pieces(name: str, count: int, tmp_path: Path) -> None:
    whole = answer((SHARED / name,))
    assert len(whole[1]) > 0
    assert_same(answer(cut(SHARED / name, count, tmp_path)), whole)


def in_members(data: bytes) -> bytes:
    """gzip of several members, as `cat a.gz b.gz` makes; the cuts fall inside records."""
    third = len(data) // 3
    return b"".join(gzip.compress(part) for part in (data[:third], data[third : third + 1], b"", data[third + 1 :]))


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, in_members, zstandard.compress, lz4.frame.compress, lzma.compress],
    ids=["gzip", "members", "zstd", "lz4", "xz"],
)
@pytest.mark.parametrize("name", [BEHAVIOURS[0], ODD[0], ODD[5]])
def test_compression(name: str, compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    packed = tmp_path / "capture.pcap"  # the suffix says nothing
    packed.write_bytes(compress((SHARED / name).read_bytes()))
    assert_same(answer((packed,)), answer((SHARED / name,)))


@pytest.mark.parametrize("name", [BEHAVIOURS[0], ODD[4], ODD[5]])
def test_standard_input(name: str) -> None:
    command = [sys.executable, "-m", "netdiag", "analyze", "--json", "-"]
    with (SHARED / name).open("rb") as capture, subprocess.Popen(["cat"], stdin=capture, stdout=subprocess.PIPE) as pipe:
        run = subprocess.run(command, stdin=pipe.stdout, capture_output=True, check=True)
    document = json.loads(run.stdout)
    assert [one["path"] for one in document["inputs"]] == ["-"]
    direct = json.loads(json.dumps(analyze(SHARED / name).document()))
    for packet in (packet for finding in document["findings"] for packet in finding["evidence"]):
        assert packet["file"] == 0
    del document["inputs"], direct["inputs"]
    assert document == direct


@cache
def rows_of(name: str) -> tuple[Any, Any]:
    """All packet rows of a capture and one buffer their payloads lie in."""
    rows, buffers, at = [], [], 0
    decoder = Decoder(1)
    for chunk in Capture([SHARED / name]).chunks():
        for batch in decoder.rows(chunk):
            moved = batch.copy()
            moved["payload_at"] += at
            rows.append(moved)
            buffers.append(chunk.buffer.copy())  # with what was reassembled for this batch
            at += chunk.buffer.size
    return np.concatenate(rows), np.concatenate(buffers)


def tracked(name: str, cuts: list[int], seed: int, settling: bool) -> list[bytes]:
    """What the tracker holds after the capture came in batches that end at `cuts`, where all that can be is settled or nothing."""
    rows, buffer = rows_of(name)
    tracker = Tracker(1, seed)
    for start, end in itertools.pairwise([0, *sorted(cuts), len(rows)]):
        tracker.feed(rows[start:end], buffer)
        if settling:
            tracker.settle()
    tracker.settle()
    state = tracker.state
    return [*map(partial(row_of, state), range(int(state.meta[ROWS]))), state.names.tobytes(), state.hello_counts.tobytes()]


def row_of(state: State, number: int) -> bytes:
    """All that is kept of a connection."""
    at = int(state.links["at"][number])
    if at < 0:
        start = -1 - at
        return state.settled[start + 8 : start + int(state.settled[start + 4 : start + 8].view(np.uint32)[0])].tobytes()
    return b"".join(part.tobytes() for part in (state.rows[at], state.sides[2 * at : 2 * at + 2], state.live[at], state.waits[at]))


@pytest.mark.parametrize("name", [*BEHAVIOURS[1:], ODD[3], ODD[6]])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_batches(name: str, data: st.DataObject) -> None:
    length = len(rows_of(name)[0])
    cuts = data.draw(st.lists(st.integers(0, length), max_size=12))
    seed = data.draw(st.integers(0, 2**56 - 1))
    assert tracked(name, cuts, seed, data.draw(st.booleans())) == tracked(name, [], 0, False)

"""Reading without judging."""

import gzip
import struct
import threading
from collections import deque
from pathlib import Path
from threading import Event
from typing import Any

import pytest

import netdiag
from netdiag.capture.capture import Capture
from netdiag.capture.record import TURNS
from netdiag.connections.silences import Silences
from netdiag.connections.tracker import Tracker
from netdiag.errors import CaptureError, ConfigError
from netdiag.facts import ReadOptions, _batches, read_facts
from netdiag.packets.decode import Decoder


@pytest.fixture
def capture(captures):
    return captures / "tls13_ok" / "capture.pcap"


def test_counts_names_and_span(capture):
    facts = read_facts([capture], ReadOptions())
    (counts,) = facts.counts
    said = "packets ipv4 ipv6 tcp udp icmp icmpv6 syn syn_ack rst fin client_hello server_hello dns quic wireguard"
    assert list(counts) == said.split()
    assert (counts["packets"], counts["tcp"], counts["syn"], counts["syn_ack"]) == (13, 13, 1, 1)
    assert (counts["client_hello"], counts["server_hello"]) == (1, 1)
    assert facts.snis == [["lab.example"]]
    connections = facts.tables.connections
    assert facts.tables.first_ns == connections["first_ns"].min()
    assert facts.tables.last_ns == connections["last_ns"].max()
    assert set(facts.tables.quality.values()) == {0}


def test_since_and_until_cut_the_capture(capture):
    whole = read_facts([capture], ReadOptions()).tables
    middle = int(whole.connections["hello_ns"].iloc[0])
    late = read_facts([capture], ReadOptions(since_ns=middle))
    early = read_facts([capture], ReadOptions(until_ns=middle))
    assert late.tables.connections["partial"].tolist() == [True]
    assert late.tables.first_ns == middle
    assert early.tables.connections["hellos"].tolist() == [0]
    assert early.tables.last_ns == middle
    assert late.counts[0]["packets"] + early.counts[0]["packets"] == 13


def test_what_is_needed_next_is_imported_meanwhile(capture):
    done = Event()
    read_facts([capture], ReadOptions(), done.set)
    assert done.wait(60)


def test_what_goes_wrong_meanwhile_is_for_whoever_needs_it(capture):
    before = set(threading.enumerate())

    def broken() -> None:
        raise ValueError("two detectors share the code")

    assert read_facts([capture], ReadOptions(), broken).counts[0]["packets"] == 13
    for thread in set(threading.enumerate()) - before:
        thread.join()  # pytest fails a test in which one raised


def test_progress_adds_up_to_the_file(capture):
    told: list[int] = []
    read_facts([capture], ReadOptions(progress=told.append))
    assert sum(told) == capture.stat().st_size


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_progress_adds_up_to_all_files_whichever_is_first(capture, tmp_path, suffix):
    """The first that is named is begun before it is known which comes first."""
    late, told = tmp_path / f"late.pcap{suffix}", list[int]()
    data = capture.read_bytes()
    later = struct.pack("<I", struct.unpack("<I", data[24:28])[0] + 3600)
    data = data[:24] + later + data[28:]
    late.write_bytes(gzip.compress(data) if suffix else data)
    facts = read_facts([late, capture], ReadOptions(progress=told.append))
    assert [one.path for one in facts.inputs] == [str(capture), str(late)]
    assert [one.status for one in facts.inputs] == ["complete"] * 2
    assert [one.compression for one in facts.inputs] == [None, "gzip" if suffix else None]
    assert sum(told) == capture.stat().st_size + late.stat().st_size


def test_an_environment_that_forbids_compiled_code_is_told(capture, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with pytest.raises(ConfigError, match="NUMBA_DISABLE_JIT"):
        read_facts([capture], ReadOptions())


def test_an_interrupt_keeps_what_was_read(capture):
    read = 0

    def interrupt(count: int) -> None:
        nonlocal read
        read += count
        if read > 1000:
            raise KeyboardInterrupt

    facts = read_facts([capture], ReadOptions(progress=interrupt, chunk_bytes=64))
    assert facts.partial
    assert 0 < facts.counts[0]["packets"] < 13


def test_what_is_no_capture_is_an_error(tmp_path):
    with pytest.raises(CaptureError, match="nothing here"):
        read_facts([tmp_path / "nothing here"], ReadOptions())


@pytest.mark.parametrize("chunk_bytes", [64, 3000, 1 << 20])
def test_batches_stay_as_they_are_while_the_next_are_made(corpus: Path, chunk_bytes: int) -> None:
    """What `ahead` relies on, for captures one by one and merged, with fragments."""
    names = ["zeek_fragmented-syn.pcap", "suricata-verify_frag-15.pcap", "zeek_gtp1_gn_normal_incl_fragmentation.pcap"]
    for paths in ([corpus / names[0]], [corpus / names[2]], [corpus / name for name in names]):
        with Capture(paths, chunk_bytes=chunk_bytes) as capture:
            items = _batches(capture, Decoder(len(paths)), Tracker(len(paths)), Silences(), ReadOptions())
            used: deque[Any] = deque(maxlen=TURNS - 1)
            while True:
                item = next(items, None)
                assert all(seen(*before) == was for before, was in used)
                if item is None:
                    break
                used.append((item, seen(*item)))


def test_chunks_of_which_nothing_is_left_take_their_turn(corpus: Path) -> None:
    """Else many are read while one batch is tracked, into the buffer that batch lies in."""
    with Capture([corpus / "zeek_fragmented-syn.pcap"], chunk_bytes=64) as capture:
        chunks = sum(1 for _ in capture.chunks())
        assert chunks > 1
        batches = list(_batches(capture, Decoder(1), Tracker(1), Silences(), ReadOptions(until_ns=1)))
    assert [len(packets) for packets, _, _ in batches] == [0] * chunks


def seen(packets: Any, buffer: Any, keys: Any) -> tuple[bytes, bytes, list[bytes]]:
    """The rows, what they are looked up by, and the payload bytes they point at."""
    ends = packets["payload_at"] + packets["captured"]
    payloads = [buffer[at:end].tobytes() for at, end in zip(packets["payload_at"].tolist(), ends.tolist(), strict=True)]
    return packets.tobytes(), keys.tobytes(), payloads


@pytest.mark.parametrize("name", ["lab_healthy_mix", "lab_healthy_loss"])
def test_seconds_that_are_missing_make_a_hole_and_no_finding(captures, tmp_path, name):
    """Three seconds cut out of a healthy capture (classic format, little-endian)."""
    raw = gzip.decompress((captures / name / "capture.pcap.gz").read_bytes())
    units = 10**9 if raw[:4] == b"\x4d\x3c\xb2\xa1" else 10**6
    kept, at, begin = [raw[:24]], 24, None
    while at < len(raw):
        seconds, fraction, size, _ = struct.unpack_from("<IIII", raw, at)
        now = seconds + fraction / units
        begin = now if begin is None else begin
        if not 6 <= now - begin < 9:
            kept.append(raw[at : at + 16 + size])
        at += 16 + size
    (tmp_path / "cut.pcap").write_bytes(b"".join(kept))
    assert netdiag.open(captures / name / "capture.pcap.gz").facts.tables.holes == ()
    result = netdiag.analyze(tmp_path / "cut.pcap")
    ((start, end),) = result.tables.holes
    assert 3 <= (end - start) / 1e9 < 3.5
    assert result.tables.quality["capture_holes"] == 1
    assert [finding.summary for finding in result.finding_list if finding.severity >= netdiag.Severity.MEDIUM] == []

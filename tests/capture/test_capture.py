"""A capture of many inputs: what it reads of real files, of damaged ones, of directories, pipes and rings."""

import csv
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from netdiag.capture.capture import Capture
from netdiag.capture.stream import Stream, begun
from netdiag.errors import CaptureError

DIFFERENCES = {
    "PcapPlusPlus_clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328": (1, "Wireshark guesses the RedHat 6.1 variant of pcap"),
    "suricata-verify_fuzz.pcap": (1, "Wireshark guesses a vendor variant of pcap, and so reads a second packet of one byte"),
    "tcpdump_dsa.pcap": (8, "a link type that the Wireshark of the list does not know"),
}
"""Files of which we read another number of packets than the list says: how many, and why."""
UNREADABLE = {
    "PcapPlusPlus_clusterfuzz-testcase-minimized-FuzzTarget-5631583764873216",
    "PcapPlusPlus_crash-pcapng-epb-unbounded-length",
    "libpcap_pcapng-invalid-vers-1.pcapng",
    "libpcap_shb-option-too-long.pcapng",
}
"""Damaged before their first packet."""
SIZES = (64, 1000, 1 << 16, 4 << 20, 64 << 20)


def test_packets_of_the_corpus(corpus, files):
    with (corpus / "TRUTH.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    found, wanted, unreadable = {}, {}, set()
    for row in rows:
        name = row["file"]
        wanted[name] = int(row["tshark_packets"] if row["packets"] == "ERR" else row["packets"])
        try:
            found[name] = len(files.read(corpus / name))
        except CaptureError:
            found[name] = 0
            unreadable.add(name)
    assert len(rows) > 100
    assert unreadable == UNREADABLE
    assert {name: n for name, n in found.items() if n != wanted[name]} == {name: n for name, (n, _) in DIFFERENCES.items()}


@pytest.mark.parametrize("name", ["nDPI_webex.pcap", "pcapng-test-generator_be-test202.pcapng", "tcptrace_eth.erf.gz", "zeek_hrr.pcap.lz4"])
def test_chunk_size_changes_nothing_in_the_corpus(corpus, files, name):
    assert files.read(corpus / name, chunk_bytes=64) == files.read(corpus / name)


def test_bytes_that_were_begun_are_used_once(corpus, monkeypatch):
    path = str(corpus / "tcptrace_eth.erf.gz")
    opened = []
    with begun(path) as early, Capture([path], begun=early) as capture:
        monkeypatch.setattr("netdiag.capture.reader.Stream", lambda *given, **_: opened.append(given) or Stream(*given))
        first = sum(chunk.records.size for chunk in capture.chunks())
        assert first > 0
        assert opened == []
        assert sum(chunk.records.size for chunk in capture.chunks()) == first
        assert len(opened) == 1


@pytest.mark.parametrize("name", ["pcap", "pcapng", "snoop", "erf"])
def test_chunk_size_changes_nothing(files, tmp_path, name):
    path = tmp_path / "x"
    path.write_bytes(files.WRITERS[name](files.SAMPLE))
    first = files.read(path)
    assert [(p.data, p.ref) for p in first] == [(data, n) for n, (_, data) in enumerate(files.SAMPLE, 1)]
    for size in SIZES:
        assert files.read(path, chunk_bytes=size) == first


@pytest.mark.parametrize("name", ["pcap", "pcapng", "snoop", "erf"])
def test_a_cut_at_every_byte_leaves_the_packets_before_it(files, tmp_path, name):
    path = tmp_path / "x"
    packets = files.SAMPLE[:3]
    whole = files.WRITERS[name](packets)
    path.write_bytes(whole)
    expected = files.read(path)
    statuses, refused = set(), []
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        try:
            capture = Capture([path], chunk_bytes=64)
        except CaptureError as error:
            refused.append(str(error))
            continue
        found = files.drain(capture)
        assert found == expected[: len(found)]
        (entry,) = capture.inputs
        statuses.add(entry.status)
        assert (entry.error is None) == (entry.status == "complete")
        assert entry.truncated_tail == (entry.status == "truncated")
        assert entry.packets == len(found)
    assert all(message.startswith(f"{path}: byte ") for message in refused)
    assert statuses == {"complete", "truncated"}  # a cut between two records cannot be told


@pytest.mark.parametrize("compression", ["gzip", "zstd", "lz4", "xz"])
def test_a_cut_in_compressed_data_leaves_the_packets_before_it(files, tmp_path, compression):
    path = tmp_path / "x"
    noise = random.Random(1)
    packets = [(n * files.NS, noise.randbytes(400)) for n in range(5)]
    whole = files.COMPRESS[compression](files.pcap(packets))
    path.write_bytes(whole)
    expected = files.read(path)
    assert len(expected) == 5
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        try:
            capture = Capture([path])
        except CaptureError:
            continue
        found = files.drain(capture)
        assert found == expected[: len(found)]
        assert capture.inputs[0].status == "truncated"


@pytest.mark.parametrize("name", ["pcap", "pcapng", "snoop", "erf"])
@pytest.mark.parametrize("compression", [None, "gzip", "zstd", "lz4", "xz"])
def test_flipped_bits_never_break_the_reader(files, tmp_path, name, compression):
    path = tmp_path / "x"
    whole = files.WRITERS[name](files.SAMPLE[:5])
    if compression:
        whole = files.COMPRESS[compression](whole)
    dice = random.Random(name)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        try:
            small, large = Capture([path], chunk_bytes=64), Capture([path])
        except CaptureError:
            continue
        assert files.drain(small) == files.drain(large)
        assert small.inputs == large.inputs


def test_facts_of_an_input(files, tmp_path):
    path = tmp_path / "x.pcap"
    data = files.pcap(files.SAMPLE)
    path.write_bytes(files.COMPRESS["zstd"](data))
    capture = Capture([path])
    files.read(path)
    packets = files.drain(capture)
    (entry,) = capture.inputs
    assert (entry.index, entry.path, entry.format, entry.compression) == (0, str(path), "pcap-ns", "zstd")
    assert (entry.link_types, entry.packets, entry.bytes, entry.interfaces, entry.drops) == (("ETHERNET",), 8, len(data), 1, 0)
    assert (entry.first_ns, entry.last_ns) == (packets[0].ts_ns, packets[-1].ts_ns)
    assert (entry.status, entry.error) == ("complete", None)
    assert files.drain(capture) == packets, "a file can be read again"
    assert entry.packets == 8


def test_progress_adds_up_to_the_file(files, tmp_path):
    paths = [tmp_path / name for name in "ab"]
    for n, path in enumerate(paths):
        path.write_bytes(files.COMPRESS["gzip"](files.pcap([(ts + n, data) for ts, data in files.SAMPLE])))
    steps: list[int] = []
    capture = Capture(paths, progress=steps.append)
    assert steps == []
    files.drain(capture)
    assert sum(steps) == capture.total_bytes == sum(path.stat().st_size for path in paths)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_what_is_too_short_to_be_a_capture_is_an_error(tmp_path, size):
    path = tmp_path / "x"
    path.write_bytes(bytes(size))
    with pytest.raises(CaptureError, match=r"byte 0: it is (empty|no capture)"):
        Capture([path])


def test_a_file_without_packets_is_a_capture(files, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(files.pcap([]))
    capture = Capture([path])
    assert files.drain(capture) == []
    assert (capture.inputs[0].status, capture.inputs[0].packets, capture.inputs[0].first_ns) == ("complete", 0, None)


def test_a_header_and_a_cut_packet_are_an_empty_truncated_capture(files, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(files.pcap(files.SAMPLE[:1])[:-1])
    capture = Capture([path])
    assert files.drain(capture) == []
    assert capture.inputs[0].status == "truncated"


def test_missing_files_and_directories_are_errors(tmp_path):
    for path in (tmp_path / "none", tmp_path / "none*"):
        with pytest.raises(CaptureError, match="no such file") as caught:
            Capture([path])
        assert caught.value.path == str(path)
    with pytest.raises(CaptureError, match="no files"):
        Capture([tmp_path])
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(CaptureError, match="none of its 1 files is a capture"):
        Capture([tmp_path])


def test_a_directory_is_ordered_by_time_and_strangers_come_last(files, tmp_path):
    (tmp_path / "a.pcap").write_bytes(files.pcap([(3, b"c")]))
    (tmp_path / "b.log").write_bytes(files.COMPRESS["xz"](files.pcapng([(1, b"a")])))
    (tmp_path / "c").write_bytes(files.pcap([(2, b"b")]))
    (tmp_path / "empty").write_bytes(files.pcap([]))
    (tmp_path / "a-note.txt").write_text("not a capture")
    os.mkfifo(tmp_path / "a-pipe")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "d").write_bytes(files.pcap([(0, b"z")]))
    capture = Capture([tmp_path])
    assert [(p.data, p.ref >> 40) for p in files.drain(capture)] == [(b"a", 0), (b"b", 1), (b"c", 2)]
    assert [Path(entry.path).name for entry in capture.inputs] == ["b.log", "c", "a.pcap", "empty", "a-note.txt", "a-pipe"]
    assert [entry.status for entry in capture.inputs] == ["complete"] * 4 + ["not-a-capture"] * 2
    assert [entry.index for entry in capture.inputs] == list(range(6))
    assert capture.inputs[4].error is not None
    assert capture.inputs[5].error == "it is no regular file. Name it to read it"
    assert [p.data for p in files.read(tmp_path, recursive=True)] == [b"z", b"a", b"b", b"c"]


def test_a_file_named_twice_is_read_once(files, tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(files.pcap(files.SAMPLE))
    (tmp_path / "link").symlink_to(path)
    assert len(files.read(path, tmp_path, str(tmp_path / "*.pcap"), tmp_path / "link")) == len(files.SAMPLE)


def test_standard_input(files, stdin, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(files.pcapng(files.SAMPLE))
    stdin(files.COMPRESS["gzip"](path.read_bytes()))
    capture = Capture(["-"], chunk_bytes=64)
    assert capture.total_bytes is None
    assert files.drain(capture) == files.read(path)
    assert (capture.inputs[0].path, capture.inputs[0].compression) == ("-", "gzip")
    with pytest.raises(CaptureError, match="only once"):
        files.drain(capture)


def test_standard_input_of_a_process(files, tmp_path):
    code = "from netdiag.capture.capture import Capture; print(sum(c.records.size for c in Capture(['-']).chunks()))"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    data = files.pcap(files.SAMPLE * 50)
    assert process.stdin is not None
    for at in range(0, len(data), 100_001):
        process.stdin.write(data[at : at + 100_001])
        process.stdin.flush()
    assert process.communicate()[0].split() == [b"400"]


def test_a_named_pipe_is_read_and_merged(files, tmp_path):
    pipe, path = tmp_path / "pipe", tmp_path / "file"
    os.mkfifo(pipe)
    path.write_bytes(files.pcap([(2, b"b"), (4, b"d")]))
    writer = threading.Thread(target=pipe.write_bytes, args=(files.pcap([(1, b"a"), (3, b"c")]),))
    writer.start()
    capture = Capture([path, pipe])
    writer.join()
    assert [p.data for p in files.drain(capture)] == [b"a", b"b", b"c", b"d"]


def test_an_unread_pipe_can_be_closed(files, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for paths in ([pipe], [pipe, tmp_path / "none"]):
        writer = threading.Thread(target=pipe.write_bytes, args=(files.pcap([(1, b"a")]),))
        writer.start()
        try:
            with Capture(paths) as capture:
                assert capture.inputs[0].format == "pcap-ns"
        except CaptureError as error:
            assert error.path == str(paths[-1])  # noqa: PT017
        writer.join()


def test_a_chunk_size_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Capture([], chunk_bytes=0)


def test_compiled_code_is_not_loaded_before_it_is_needed():
    code = "import sys, netdiag.capture; print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "False\n"

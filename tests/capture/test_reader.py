"""One input becomes chunks: buffers, growth, damage, and live pipes."""

import os
import random
from collections import deque

import pytest

from netdiag.capture.input import Input
from netdiag.capture.reader import Reader
from netdiag.capture.record import TURNS
from netdiag.capture.slab import BEFORE, SCRATCH
from netdiag.capture.stream import HANDFULS


@pytest.fixture
def reader(tmp_path):
    readers = []

    def open_bytes(data: bytes, chunk_bytes: int = 64) -> Reader:
        path = tmp_path / "x"
        path.write_bytes(data)
        readers.append(Reader(Input(str(path)), chunk_bytes))
        return readers[-1]

    yield open_bytes
    for opened in readers:
        opened.close()


def test_the_buffer_is_reused_and_grows_only_for_a_record_that_does_not_fit(files, reader):
    packets = [(n, bytes(30)) for n in range(20)] + [(20, bytes(5000))] + [(21, bytes(30))]
    source = reader(files.pcap(packets))
    sizes = []
    while chunk := source.next_chunk():
        sizes.append(chunk.buffer.size - BEFORE - SCRATCH)
    assert sizes[0] == 64
    assert sizes[-1] == 8192
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("compression", [None, "gzip", "zstd"])
@pytest.mark.parametrize("longest", [1500, 250_000])  # the end of the longer ones is beyond what there is room for before a slab
def test_bytes_stay_as_they_are_while_others_use_them(files, reader, compression, longest):
    dice = random.Random(longest)
    sizes = [dice.randint(0, longest) for _ in range(16_000_000 // longest)]
    packets = [(n, dice.randbytes(size)) for n, size in enumerate(sizes)]
    whole = files.pcap(packets)
    source = reader(files.COMPRESS[compression](whole) if compression else whole, chunk_bytes=1 << 20)
    buffers, given, found = {}, deque(), 0

    def check(chunk, records, first):
        for row, (_, data) in zip(records, packets[first : first + len(records)], strict=True):
            assert bytes(chunk.buffer[row["offset"] : row["offset"] + row["captured"]]) == data

    while chunk := source.next_chunk():
        buffers[id(chunk.buffer)] = chunk.buffer
        assert len(chunk.buffer) - chunk.used >= SCRATCH
        chunk.buffer[chunk.used : chunk.used + SCRATCH] = 0xFF  # whose room it is
        given.append((chunk, chunk.records.copy(), found))
        found += len(chunk.records)
        if len(given) == TURNS:
            check(*given.popleft())
    for each in given:
        check(*each)
    assert found == len(packets)
    assert source.entry.bytes == len(whole)
    if longest == 1500:
        assert len(buffers) <= TURNS + (HANDFULS + 2 if compression == "gzip" else 0)


def test_bytes_are_lent_again_behind_long_records(files, reader, monkeypatch):
    packets = [(n, bytes([n % 251]) * (262_144 if n < 10 else 1000)) for n in range(20_000)]
    source, lent = reader(files.COMPRESS["gzip"](files.pcap(packets)), chunk_bytes=1 << 20), []
    lend = source._stream.lend
    monkeypatch.setattr(source._stream, "lend", lambda: (slab := lend()) and (lent.append(slab.used) or slab))
    found = 0
    while chunk := source.next_chunk():
        found += len(chunk.records)
    assert found == len(packets)
    assert sum(lent) > 16_000_000


def test_a_wrong_checksum_costs_the_same_whatever_the_chunk_size(files, reader):
    raw = bytearray(files.COMPRESS["gzip"](files.pcap([(n, bytes([n % 251]) * 1000) for n in range(5000)])))
    raw[-6] ^= 1
    found = []
    for size in (1 << 19, 600_000, 1 << 20, 1 << 21, 1 << 22):
        source = reader(bytes(raw), chunk_bytes=size)
        records = 0
        while chunk := source.next_chunk():
            records += len(chunk.records)
        found.append((records, source.entry.bytes, source.entry.error))
    assert len(set(found)) == 1


def test_many_small_records_fill_the_rows_before_the_buffer(files, reader):
    source = reader(files.pcap([(n, b"") for n in range(5000)]), chunk_bytes=1 << 16)
    counts = []
    while chunk := source.next_chunk():
        counts.append(chunk.records.size)
        assert chunk.records["ref"].tolist() == list(range(sum(counts) - counts[-1] + 1, sum(counts) + 1))
    assert sum(counts) == 5000
    assert max(counts) == 1024


def test_peeking_takes_nothing_away(files, reader):
    source = reader(files.pcap(files.SAMPLE), 1 << 20)
    peeked = source.peek()
    assert peeked is source.peek() is source.next_chunk()
    assert source.next_chunk() is None
    assert source.peek() is None


def test_what_broke_the_stream_is_said_rather_than_what_that_did_to_the_records(files, reader):
    source = reader(files.COMPRESS["gzip"](files.pcap(files.SAMPLE))[:-12])
    while source.next_chunk():
        pass
    assert source.entry.status == "truncated"
    assert source.entry.error is not None
    assert "the gzip data is cut off" in source.entry.error


def test_offsets_in_compressed_captures_are_of_the_decompressed_data(files, reader):
    source = reader(files.COMPRESS["xz"](files.pcap(files.SAMPLE[:1]) + b"\xff" * 500))
    while source.next_chunk():
        pass
    assert source.entry.error is not None
    assert source.entry.error.startswith("byte 100 of the decompressed data: a record claims more")


def test_a_live_pipe_gives_what_has_arrived(files, tmp_path):
    inlet, outlet = os.pipe()
    data = files.pcap(files.SAMPLE[:2])
    os.write(outlet, data[:-5])
    source = Reader(Input(f"/dev/fd/{inlet}"), 4 << 20)
    first = source.next_chunk()
    assert first is not None
    assert first.records.size == 1
    os.write(outlet, data[-5:])
    second = source.next_chunk()
    assert second is not None
    assert second.records.size == 1
    os.close(outlet)
    assert source.next_chunk() is None
    source.close()
    os.close(inlet)

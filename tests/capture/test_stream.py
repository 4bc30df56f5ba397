"""Opening and decompressing: several members, padding, cuts, damage and bombs."""

import gzip
import random
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib

import pytest

from netdiag.capture.stream import HANDFULS, SLAB_BYTES, Stream, begun

DATA = bytes(range(256)) * 700
NAMES = ["gzip", "zstd", "lz4", "xz"]


def drain(stream: Stream, size: int = 1000) -> bytes:
    out, view = bytearray(), memoryview(bytearray(size))
    while got := stream.readinto(view):
        out += view[:got]
    stream.close()
    return bytes(out)


@pytest.fixture
def open_bytes(tmp_path):
    def to_stream(data: bytes, **options) -> Stream:
        path = tmp_path / "x"
        path.write_bytes(data)
        return Stream(str(path), **options)

    return to_stream


@pytest.mark.parametrize("size", [1, 5, 7, 1 << 20])
def test_plain_bytes(open_bytes, size):
    stream = open_bytes(DATA)
    assert (drain(stream, size), stream.compression, stream.fault, stream.live) == (DATA, None, None, False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1000, 1 << 21])
def test_members_follow_each_other(files, open_bytes, name, size):
    compress = files.COMPRESS[name]
    steps: list[int] = []
    raw = compress(DATA) + compress(b"") + compress(b"x" * 3_000_000) + bytes(8) + compress(DATA[:10]) + bytes(1 << 16)
    stream = open_bytes(raw, progress=steps.append)
    assert drain(stream, size) == DATA + b"x" * 3_000_000 + DATA[:10]
    assert (stream.compression, stream.fault, stream.position, sum(steps)) == (name, None, len(raw), len(raw))


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_gives_what_was_readable(files, open_bytes, name):
    whole = files.COMPRESS[name](DATA)
    stream = open_bytes(whole[:-1])
    found = drain(stream)
    assert DATA.startswith(found)
    assert stream.fault is not None
    assert (stream.fault.status, stream.fault.problem) == ("truncated", f"the {name} data is cut off")
    assert stream.position == len(whole) - 1


@pytest.mark.parametrize("name", NAMES)
def test_damage_gives_what_comes_before(files, open_bytes, name):
    whole = files.COMPRESS[name](DATA)
    broken = whole[: len(whole) // 2] + b"\xff" * 64 + whole[len(whole) // 2 + 64 :]
    stream = open_bytes(files.COMPRESS[name](b"first") + broken)
    assert drain(stream).startswith(b"first")
    assert stream.fault is not None
    assert stream.fault.status in ("damaged", "truncated")


def test_something_else_behind_the_data_is_told(open_bytes):
    stream = open_bytes(gzip.compress(DATA) + b"something else")
    assert drain(stream) == DATA
    assert stream.fault is not None
    assert stream.fault.problem == "what follows the gzip data is not gzip"


@pytest.mark.parametrize("name", NAMES)
def test_a_bomb_costs_no_memory(files, open_bytes, name):
    size = 60_000_000
    stream = open_bytes(files.COMPRESS[name](bytes(size)))
    total, view = 0, memoryview(bytearray(1 << 16))
    tracemalloc.start()
    while got := stream.readinto(view):
        total += got
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    stream.close()
    assert total == size
    assert peak < 20_000_000


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Stream(str(tmp_path / "none"))


def test_a_disk_that_fails_ends_the_stream(open_bytes):
    stream = open_bytes(DATA)
    view = memoryview(bytearray(1000))
    assert stream.readinto(view) == 6

    class Failing:
        def readinto(self, view):
            raise OSError(5, "Input/output error")

        def close(self):
            kept.close()

    kept, stream._file = stream._file, Failing()
    assert stream.readinto(view) == 0
    stream.close()
    assert stream.fault is not None
    assert stream.fault.problem == "the file cannot be read any further (Input/output error)"


def test_standard_input(stdin, files):
    stdin(files.COMPRESS["lz4"](DATA))
    stream = Stream("-")
    assert (drain(stream), stream.live, stream.compression) == (DATA, True, "lz4")


def test_closed_standard_input_is_an_os_error(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(OSError, match="standard input is closed"):
        Stream("-")


LONG = b"".join(index.to_bytes(4, "big") for index in range(3_000_000))
"""Several handfuls when decompressed."""
ZIPPED = gzip.compress(LONG, 1, mtime=0)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


@pytest.mark.parametrize(
    "raw",
    [
        ZIPPED,
        *(ZIPPED[:-cut] for cut in (1, 8, 9, 1000, len(ZIPPED) // 3, len(ZIPPED) - 20)),
        *(flipped(ZIPPED, at) for at in (-2, -6, len(ZIPPED) // 2, len(ZIPPED) // 5, 3, 12)),
        ZIPPED + ZIPPED[:5],
        ZIPPED + ZIPPED[:1000],
        ZIPPED + b"\x1f",
        ZIPPED + bytes(700) + b"more",
        ZIPPED + bytes(700) + ZIPPED + bytes(700),
        b"\x1f\x8b\x08\x08" + bytes(6) + b"a name without an end" * 50_000,
    ],
)
def test_the_quick_way_says_what_the_careful_one_says(open_bytes, raw):
    steps: list[int] = []
    quick, careful = open_bytes(raw, progress=steps.append), open_bytes(raw, beside=False)
    assert drain(quick, 70_001) == drain(careful)
    assert (quick.fault, quick.position) == (careful.fault, careful.position)
    assert sum(steps) <= len(raw)  # though it may have been read twice
    assert min(steps) > 0
    assert quick._file.closed


def with_checked_head(data: bytes) -> bytes:
    """One member whose head has a checksum of its own (RFC 1952, FHCRC)."""
    head = b"\x1f\x8b\x08\x02" + bytes(6)
    deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
    check = (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little")
    return head + check + deflate.compress(data) + deflate.flush() + struct.pack("<II", zlib.crc32(data), len(data))


@pytest.mark.parametrize("beside", [True, False])
def test_a_head_with_a_checksum(open_bytes, beside):
    raw = with_checked_head(LONG)
    for given, problem in (
        (raw + raw, None),
        (raw + raw[:-9], "the gzip data is cut off"),
        (raw + b"more", "what follows the gzip data is not gzip"),
    ):
        stream = open_bytes(given, beside=beside)
        found = drain(stream)
        assert (LONG + LONG).startswith(found)
        assert len(found) >= len(LONG)
        assert (stream.fault.problem if stream.fault else None) == problem


def test_a_whole_file_is_read_once_and_the_quick_way(open_bytes, monkeypatch):
    monkeypatch.setattr(Stream, "_step", None)
    assert drain(open_bytes(ZIPPED)) == LONG


def test_bytes_are_lent_where_they_lie(open_bytes):
    stream, found, view = open_bytes(ZIPPED), b"", memoryview(bytearray(10))
    while slab := stream.lend():
        assert slab.used == SLAB_BYTES or len(found) + slab.used == len(LONG)
        found += slab.room[: slab.used]
        stream.slabs.give_back(slab)
    assert found == LONG
    assert stream.readinto(view) == 0
    stream.close()


def test_what_is_begun_to_be_read_is_not_lent(open_bytes):
    stream, view = open_bytes(ZIPPED), memoryview(bytearray(SLAB_BYTES - 10))
    assert bytes(view[: stream.readinto(view)]) == LONG[: SLAB_BYTES - 10]
    assert stream.lend() is None
    assert bytes(view[: stream.readinto(view)]) == LONG[SLAB_BYTES - 10 : SLAB_BYTES]
    slab = stream.lend()
    assert slab is not None
    assert slab.room[: slab.used] == LONG[SLAB_BYTES : 2 * SLAB_BYTES]
    stream.close()


@pytest.mark.parametrize("name", [None, "zstd", "lz4", "xz"])
def test_only_what_a_quick_reader_makes_is_lent(files, open_bytes, name):
    stream = open_bytes(files.COMPRESS[name](LONG) if name else LONG)
    assert stream.lend() is None
    assert drain(stream, 1 << 20) == LONG


def test_a_file_without_a_way_back_is_read_with_care(open_bytes):
    stream = open_bytes(ZIPPED)

    class OneWay:
        closed = False

        def readinto(self, view):
            return kept.readinto(view)

        def seek(self, position):
            raise OSError(29, "Illegal seek")

        def close(self):
            kept.close()

    kept, stream._file = stream._file, OneWay()
    assert (drain(stream), stream.fault) == (LONG, None)
    assert kept.closed


def test_a_disk_that_fails_once_is_asked_again(open_bytes):
    stream = open_bytes(ZIPPED)

    class FailsOnce:
        failed = False

        def readinto(self, view):
            if not self.failed and kept.tell() > len(ZIPPED) // 2:
                self.failed = True
                raise OSError(5, "Input/output error")
            return kept.readinto(view)

        def seek(self, position):
            return kept.seek(position)

        def close(self):
            kept.close()

    kept, stream._file = stream._file, FailsOnce()
    assert (drain(stream), stream.fault, stream.position) == (LONG, None, len(ZIPPED))


def test_what_a_caller_raises_is_the_callers(open_bytes):
    calls: list[int] = []

    def cancel(size: int) -> None:
        calls.append(size)
        if len(calls) == 2:
            raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        drain(open_bytes(ZIPPED, progress=cancel))


def test_a_file_is_decompressed_ahead_and_closed_by_whoever_reads_it(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(bytes(3 << 20)))
    for reads in (0, 1):
        stream = Stream(str(path))
        view = memoryview(bytearray(1000))
        for _ in range(reads):
            assert stream.readinto(view) == 1000
        file = stream._file
        stream.close()
        until = time.monotonic() + 5
        while not file.closed and time.monotonic() < until:
            time.sleep(0.001)
        assert file.closed


def test_a_file_that_was_begun_is_decompressed_before_anybody_reads_it(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(LONG, 1))
    told: list[int] = []
    with begun(str(path), told.append) as stream:
        until = time.monotonic() + 20
        while sum(told) < path.stat().st_size and time.monotonic() < until:
            time.sleep(0.001)
        assert sum(told) == stream.position == path.stat().st_size
        assert drain(stream) == LONG
    assert sum(told) == path.stat().st_size


def test_what_was_begun_takes_no_more_memory_than_is_allowed(open_bytes, monkeypatch):
    made = []

    def handfuls(_):
        for number in range(99):
            made.append(number)
            yield [memoryview(bytes([number]))]

    stream = open_bytes(ZIPPED)
    monkeypatch.setattr(Stream, "_handfuls", handfuls)
    stream.begin(5)
    until = time.monotonic() + 5
    while len(made) < HANDFULS + 4 and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(0.02)
    assert made == list(range(HANDFULS + 4))  # one more is the reader's
    stream.close()
    stream._file.close()


def test_what_was_begun_and_not_read_is_closed(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(bytes(3 * SLAB_BYTES)))
    with begun(str(path)) as stream:
        file = stream._file
    until = time.monotonic() + 5
    while not file.closed and time.monotonic() < until:
        time.sleep(0.001)
    assert file.closed


def test_only_compressed_files_are_begun(tmp_path):
    path, told = tmp_path / "x", list[int]()
    path.write_bytes(DATA)
    for place in (str(path), str(tmp_path / "none"), str(tmp_path), "-", "/dev/null"):
        with begun(place, told.append) as stream:
            assert stream is None
    assert told == []  # whoever reads it tells


def test_beginning_needs_no_numpy():
    code = "import sys; from netdiag.capture.stream import begun; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_later_reads_begin_in_the_middle_of_a_page(open_bytes):
    """See FIRST_BYTES: what a reader asks for in whole pages must not come from the beginning of one."""
    stream, places = open_bytes(gzip.compress(random.Random(1).randbytes(20 << 20), 1)), []
    readinto = stream._file.readinto

    class Noting:
        def readinto(self, view):
            places.append(kept.tell())
            return readinto(view)

        def __getattr__(self, name):
            return getattr(kept, name)

    kept, stream._file = stream._file, Noting()
    drain(stream)
    later = {place % 4096 for place in places[2:-1]}
    assert len(places) > 5
    assert later == {2048}


def test_many_small_members_take_time_in_proportion(tmp_path):
    """Each step over nothing must cost the same, or a file of empty members would never end."""
    taken = []
    for members in (2_000, 16_000):
        path = tmp_path / f"{members}.gz"
        path.write_bytes(gzip.compress(b"") * members + gzip.compress(DATA))
        begun = time.process_time()
        assert drain(Stream(str(path)), 1 << 16) == DATA
        taken.append(time.process_time() - begun)
    assert taken[1] < 8 * 4 * taken[0]  # 64 times as long if each step looked at all before it


def test_a_look_needs_no_thread(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(DATA))
    before = threading.active_count()
    stream = Stream(str(path), beside=False)
    assert stream.readinto(memoryview(bytearray(100))) == 100
    assert threading.active_count() == before
    stream.close()
    assert stream._file.closed

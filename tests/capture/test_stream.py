"""Opening and decompressing: several members, padding, cuts, damage and bombs."""

import gzip
import threading
import time
import tracemalloc

import pytest

from netdiag.capture.stream import Stream

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


LONG = b"".join(index.to_bytes(4, "big") for index in range(500_000))
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
    assert quick._file.closed


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

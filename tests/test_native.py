"""Compiled once, kept on disk, loaded without numba, and never trusted when it does not fit."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from netdiag import lowering, native
from netdiag.kernel import kernel

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty folder for object code."""
    monkeypatch.setattr(native, "_folder", lambda: tmp_path)
    return tmp_path


def _nothing(a):
    a[0] = 7


def _one(a, k):
    return np.int64(a[0, k]) + k


def _several(a):
    return a.size, np.int64(a[1])


def _ratio(a):
    return a[0] / 2


def test_none_a_number_and_a_tuple_come_back(kept):
    a = np.zeros(3, np.uint8)
    assert kernel(_nothing)(a) is None
    assert a.tolist() == [7, 0, 0]
    assert kernel(_one)(np.array([[1, 2], [3, 4]], np.uint32), 1) == 3
    assert kernel(_several)(np.array([5, -6, 7])) == (3, -6)
    assert len(list(kept.glob("*.o"))) == 3


def test_what_arrays_hold_decides_what_is_compiled(kept):
    one = kernel(_one)
    assert one(np.array([[250]], np.uint8), 0) == 250
    assert one(np.array([[-6]], np.int8), 0) == -6
    rows = np.array([(300, 1)], [("a", "<i2"), ("b", "u1")])
    assert one(rows["a"].copy().reshape(1, 1), 0) == 300
    assert len(list(kept.glob("*.o"))) == 3


def test_an_array_that_moved_is_seen(kept):
    one = kernel(_one)
    for value in range(100):
        assert one(np.array([[value]]), 0) == value


def test_only_integers_come_back(kept):
    with pytest.raises(TypeError, match="not 64-bit integers"):
        kernel(_ratio)(np.ones(1))


def test_an_array_with_gaps_is_refused(kept):
    one = kernel(_one)
    with pytest.raises(ValueError, match="not contiguous"):
        one(np.ones((4, 4), np.int64)[:, ::2], 1)


def test_what_is_not_whole_is_made_anew(kept):
    a = np.array([5, -6, 7])
    assert kernel(_several)(a) == (3, -6)
    (file,) = kept.glob("*.o")
    whole = file.read_bytes()
    for broken in (b"", whole[:-1], whole[:40] + b"x" + whole[41:]):
        file.write_bytes(broken)
        assert kernel(_several)(a) == (3, -6)
        assert native._load(file) is not None


def test_another_version_replaces_the_one_before(kept, monkeypatch):
    a = np.array([5, -6, 7])
    kernel(_several)(a)
    (before,) = kept.glob("*.o")
    monkeypatch.setattr(native, "_version", lambda room: "0123456789abcdef")
    kernel(_several)(a)
    (after,) = kept.glob("*.o")
    assert before != after


def test_the_version_follows_sources_of_the_room_and_before_it(tmp_path, monkeypatch):
    def versions():
        native._version.cache_clear()
        return [native._version(room) for room in ("kernel.py", "capture", "packets", "connections")]

    for room in native.ROOMS:
        place = tmp_path / room
        (place if place.suffix else place / "part.py").parent.mkdir(parents=True, exist_ok=True)
        (place if place.suffix else place / "part.py").write_text("a = 1\n")
    monkeypatch.setattr(native, "PACKAGE", tmp_path)
    before = versions()
    (tmp_path / "packets" / "part.py").write_text("a = 2\n")
    after = versions()
    monkeypatch.undo()
    native._version.cache_clear()
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, False]


def test_a_folder_that_cannot_be_written_costs_time_and_is_told_once(tmp_path, monkeypatch, caplog):
    caplog.set_level("WARNING", logger="netdiag")
    native._announce.cache_clear()
    file = tmp_path / "file"
    file.write_bytes(b"")
    monkeypatch.setattr(native, "_folder", lambda: file / "below")
    assert kernel(_several)(np.array([5, -6, 7])) == (3, -6)
    kernel(_nothing)(np.array([5, -6, 7]))
    _, told = (record.getMessage() for record in caplog.records)
    assert told == (
        f"netdiag: {file / 'below'}: not a directory, so compiled code cannot be kept: every run will compile anew. "
        "Set NUMBA_CACHE_DIR to a folder that can be written"
    )


@pytest.mark.parametrize(("files", "compiled"), [(3, [1, 1, 1]), (1, [1])])
def test_one_thread_compiles_at_a_time_and_nothing_twice(monkeypatch, tmp_path, files, compiled):
    at_work, most = [], []

    def object_file(*_):
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.02)
        at_work.pop()
        return 0, b""

    monkeypatch.setattr(lowering, "object_file", object_file)
    with ThreadPoolExecutor(3) as threads:
        made = threads.map(lambda at: native._compile(_nothing, (), tmp_path / f"{at % files}.0.o"), range(3))
        assert list(made) == [native.Code(0, b"")] * 3
    assert most == compiled


def test_compiling_is_announced_once(kept, caplog):
    caplog.set_level("WARNING", logger="netdiag")  # a run with -q before may have raised it
    native._announce.cache_clear()
    kernel(_several)(np.array([5, -6, 7]))
    kernel(_nothing)(np.array([5, -6, 7]))
    assert [record.getMessage() for record in caplog.records] == ["netdiag: compiling for this machine (once, about 20 seconds)"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


MODULE = """
import numpy as np
from netdiag.kernel import kernel

@kernel
def last(a):
    return np.int64(a[a.size - 1])
"""


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A module with a kernel, and a folder for object code that other processes know of."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    native._folder.cache_clear()
    (tmp_path / "kernel_elsewhere.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("kernel_elsewhere")
    sys.modules.pop("kernel_elsewhere")
    native._BESIDE.clear()
    monkeypatch.undo()
    native._folder.cache_clear()


CALL = "import numpy as np, kernel_elsewhere; kernel_elsewhere.last(np.arange(3))"


def test_another_process_compiles_what_this_one_then_loads(elsewhere, monkeypatch):
    meanwhile = []
    native.compile_beside(elsewhere.last, CALL, lambda: meanwhile.append("something else"))
    monkeypatch.setattr(native, "_compile", None)
    assert not meanwhile
    assert elsewhere.last(np.array([4, 5])) == 5
    assert meanwhile == ["something else"]
    native.compile_beside(elsewhere.last, CALL, lambda: meanwhile.append("once more"))
    assert not native._BESIDE
    assert meanwhile == ["something else"]


def test_what_another_process_could_not_compile_is_compiled_here(elsewhere):
    native.compile_beside(elsewhere.last, "raise SystemExit(1)", lambda: None)
    assert elsewhere.last(np.array([4, 5])) == 5


PROGRAM = """
import sys
import numpy as np
from netdiag.packets.decode import Decoder
from netdiag.analyze import analyze
found = analyze("captures/tls13_ok/capture.pcap")
print(len(found.connections), "numba" in sys.modules)
"""


def test_later_runs_do_without_numba(tmp_path):
    settings = os.environ | {"NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", ""), "PYTHONPATH": str(ROOT)}
    for _ in range(2):  # the first may have to compile
        ran = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=settings, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1", "False"]

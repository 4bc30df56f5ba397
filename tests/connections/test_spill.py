"""Long arrays move to files and stay what they were."""

import gc
import mmap
import os
import time
from pathlib import Path

import numpy as np
import pytest

from netdiag.connections.spill import _MAPS, KEEPER, MEMORY_BYTES, ROOM_BYTES, Spill, columns, fits, keep, let_go, resident, zeros

KIND = np.dtype([("a", "i8"), ("b", "u1")], align=True)


@pytest.mark.parametrize("least", [0, 1 << 40])
def test_growth_keeps_what_is_there(least):
    spill, array = Spill(least), np.zeros(4096, KIND)
    array["a"] = np.arange(4096)
    for _ in range(3):
        array = spill.doubled("rows", array)
        array["b"][-1] = 7
        let_go()
    assert len(array) == 8 * 4096
    assert array["a"][:4096].tolist() == list(range(4096))
    assert np.flatnonzero(array["b"]).tolist() == [2 * 4096 - 1, 4 * 4096 - 1, 8 * 4096 - 1]
    assert not array["a"][4096:].any()


def test_two_dimensions():
    array = Spill(0).doubled("waits", np.arange(16).reshape(8, 2))
    assert array.shape == (16, 2)
    assert array[:8].tolist() == np.arange(16).reshape(8, 2).tolist()


@pytest.fixture
def kept():
    """Sets how much memory files may take, for one test."""
    yield keep
    keep()


def test_memory_is_given_back(kept):
    kept(1 << 40)
    array = Spill().doubled("rows", np.zeros(1 << 23))
    array[:] = 1
    before = resident()
    let_go()
    assert before - resident() > array.nbytes // 2
    assert array.sum() == 1 << 24


@pytest.mark.parametrize("fails", ["posix_fallocate", None])
def test_a_full_disk_leaves_it_in_memory(monkeypatch, kept, fails):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full) if fails else monkeypatch.setattr("netdiag.connections.spill.TemporaryFile", full)
    assert Spill(0).doubled("rows", np.ones(8)).tolist() == [1.0] * 8 + [0.0] * 8
    kept(1)
    assert columns({"a": np.dtype("i8")}, 9, 0)[2]["a"].tolist() == [0] * 9


def test_a_disk_that_fills_up_later(monkeypatch):
    spill = Spill(0)
    array = spill.doubled("rows", np.ones(8))
    with monkeypatch.context() as full:
        full.setattr("netdiag.connections.spill._mapped", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        array = spill.doubled("rows", array)
    array[16:] = 2
    assert spill.doubled("rows", array).tolist() == [1.0] * 8 + [0.0] * 8 + [2.0] * 16 + [0.0] * 32


@pytest.mark.parametrize("memory", [1, 1 << 40])
@pytest.mark.parametrize("least", [0, 1 << 40])
def test_columns_are_zeros_apart(kept, least, memory):
    kept(memory)
    _, _, made = columns({"a": np.dtype("u1"), "b": np.dtype("i8")}, 1000, least)
    made["b"][:] = -1
    let_go()
    assert not made["a"].any()
    assert (made["b"] == -1).all()
    assert all(array.flags.writeable for array in made.values())


@pytest.mark.parametrize(("memory", "filed"), [(1, True), (1 << 40, False)])
def test_columns_lie_in_a_file_where_memory_is_short(kept, memory, filed):
    kept(memory)
    before = set(_MAPS)
    whole, _, _ = columns({"a": np.dtype("i8")}, 1000, 0)
    assert len(set(_MAPS) - before) == filed
    assert not whole.any()


def test_what_fits_depends_on_what_is_taken(monkeypatch, kept):
    kept(1000)
    monkeypatch.setattr("netdiag.connections.spill.resident", lambda: 600)
    assert fits(400)
    assert not fits(401)
    monkeypatch.undo()
    monkeypatch.setattr("netdiag.connections.spill.PROC", Path("/nonexistent"))
    assert not fits(1)


@pytest.mark.parametrize("size", [0, 1, 1 << 23])
def test_zeros_cost_what_is_used_of_them(size):
    array = zeros(size)
    assert (array.size, array.flags.writeable, int(array.sum())) == (size, True, 0)
    if size > 1 << 20:
        fresh, before = zeros(size), resident()
        fresh[:: 1 << 20] = 1
        assert resident() - before < size // 8


def test_a_kernel_without_huge_pages(monkeypatch):
    class Plain(mmap.mmap):
        def madvise(self, *_):
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr("netdiag.connections.spill.mmap.mmap", Plain)
    assert zeros(9).tolist() == [0] * 9


def test_memory_is_given_back_without_being_asked(kept):
    """A thread looks after it: what is touched once does not stay."""
    kept(1)
    before = resident()
    array = Spill().doubled("rows", np.zeros(1 << 23))
    array[:] = 1
    most, until = before + ROOM_BYTES + (1 << 20), time.monotonic() + 10
    while (taken := resident()) > most and time.monotonic() < until:
        time.sleep(0.01)
    assert taken <= most
    assert array.sum() == 1 << 24


def test_what_is_not_the_tables_is_not_given_back_for_ever(monkeypatch, kept):
    """The program's own files may be more than the files are allowed."""
    asked = []
    monkeypatch.setattr("netdiag.connections.spill.resident", lambda: 1 << 40)
    monkeypatch.setattr("netdiag.connections.spill.let_go", lambda: asked.append(1))
    array = Spill(0).doubled("rows", np.ones(8))
    time.sleep(0.3)
    assert len(asked) <= 2
    assert len(array) == 16


def test_nobody_looks_where_there_is_nothing_to_keep():
    array = Spill(0).doubled("rows", np.ones(8))
    assert KEEPER._thread is not None
    del array
    gc.collect()
    until = time.monotonic() + 10
    while KEEPER._thread is not None and time.monotonic() < until:
        time.sleep(0.01)
    assert KEEPER._thread is None


def test_a_small_machine_keeps_less(monkeypatch, kept):
    for machine, most in ((1 << 29, 128 << 20), (1 << 40, MEMORY_BYTES)):
        monkeypatch.setattr("netdiag.connections.spill._machine_bytes", lambda machine=machine: machine)
        kept()
        assert KEEPER.most_bytes == most
    kept(5)
    assert KEEPER.most_bytes == 5
    monkeypatch.undo()


def test_a_passing_peak_of_other_memory_does_not_let_files_grow(monkeypatch, kept):
    array = Spill(0).doubled("rows", np.ones(8))
    given_back = []
    monkeypatch.setattr("netdiag.connections.spill.let_go", lambda: given_back.append(1))
    KEEPER.most_bytes = 100
    monkeypatch.setattr(KEEPER, "_floor", 0)
    for taken in (ROOM_BYTES + 900, 200, ROOM_BYTES + 150, ROOM_BYTES + 250):
        monkeypatch.setattr("netdiag.connections.spill.resident", lambda taken=taken: taken)
        KEEPER.look()
        monkeypatch.setattr("netdiag.connections.spill.resident", lambda: 200)
    assert len(given_back) == 2
    assert len(array) == 16


def test_anonymous_memory_counts():
    let_go()
    before = resident()
    taken = np.ones(1 << 23)
    assert resident() - before > taken.nbytes // 2

"""Keeps long arrays in files without a name: the system writes out what is not in use and reads it back when it is.

What a long capture holds does not fit the memory, and most of it is about connections that ended long ago. Mapped from a file, settled rows
and columns stay where kernels and judges expect them, and cost memory only while they are touched. A thread looks after how much that is.
Where memory will do there is no file: a page of one costs more than three times as much when it is first written to.
"""

import contextlib
import mmap
import os
import threading
import time
import weakref
from math import prod
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

PROC = Path("/proc/self/statm")
LEAST_BYTES = 1 << 26
"""Shorter arrays stay in memory."""
TOUCHED = 0.75
"""Share of its columns' bytes that a capture fills, mostly: what never happened (alerts, ICMP errors) is not written. Of TLS traffic 0.75
of those that are laid out first, 0.62 of the others; of the bundled captures together 0.58 and 0.48. One that fills all of them takes a
third more than was thought."""
ALIGNMENT = 64
"""Where a column begins in its file: a line of the cache."""


MEMORY_BYTES = 240 << 20
"""Memory that the process may take before that of the tables is given back: it needs about 200 MB for all else..."""
MACHINE_SHARE = 4
"""...but no more than one in so many bytes that the machine has..."""
ROOM_BYTES = 1 << 25
"""...and always so much more than what is not the tables': else they would be given back for ever and never be less."""
PAUSE_S = 0.002
"""Time between two looks at it: rows that are read here and there come back at gigabytes per second."""

_MAPS: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


class Keeper:
    """Looks after the memory of mapped files while there are any, in a thread of its own where the system tells how much it is (Linux)."""

    def __init__(self) -> None:
        self.most_bytes = MEMORY_BYTES
        self.lock = threading.Lock()
        self._floor = 0
        self._thread: threading.Thread | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def add(self, mapped: mmap.mmap) -> None:
        """One more file to look after."""
        with self.lock:
            _MAPS.add(mapped)
            if self._thread is None and PROC.exists():
                self._floor = 0
                self._thread = threading.Thread(target=self._watch, name="netdiag-memory", daemon=True)
                self._thread.start()

    def _watch(self) -> None:
        while True:
            time.sleep(PAUSE_S)
            with self.lock:
                if not _MAPS:
                    self._thread = None
                    return
            self.look()

    def look(self) -> None:
        """Give back the memory of mapped files if the process takes too much."""
        with contextlib.suppress(OSError):  # too many open files, say: then at the next look
            taken = resident()
            self._floor = min(self._floor, taken)
            if _MAPS and taken > max(self.most_bytes, self._floor + ROOM_BYTES):
                let_go()
                self._floor = resident()

    def _forked(self) -> None:
        """A child has no thread, and its lock may have been held."""
        self.lock, self._thread = threading.Lock(), None


KEEPER = Keeper()


def keep(most_bytes: int | None = None) -> None:
    """Say how much memory the process may take before the tables give theirs back; None for what suits this machine."""
    KEEPER.most_bytes = most_bytes or min(MEMORY_BYTES, _machine_bytes() // MACHINE_SHARE)


def let_go() -> None:
    """Give back the memory of all arrays that lie in files; what is used again comes back from there."""
    with KEEPER.lock:
        maps = list(_MAPS)
    for one in maps:
        one.madvise(mmap.MADV_DONTNEED)


def resident() -> int:
    """Bytes that this process holds in memory (Linux, proc_pid_statm(5))."""
    return int(PROC.read_bytes().split()[1]) * mmap.PAGESIZE


def _machine_bytes() -> int:
    names = os.sysconf_names if hasattr(os, "sysconf_names") else {}
    return os.sysconf("SC_PHYS_PAGES") * mmap.PAGESIZE if "SC_PHYS_PAGES" in names else MEMORY_BYTES * MACHINE_SHARE


def fits(size: float) -> bool:
    """Whether the process may take so many bytes more; not where the system does not tell."""
    with contextlib.suppress(OSError):
        return resident() + size <= KEEPER.most_bytes
    return False


def zeros(size: int) -> NDArray[np.uint8]:
    """Bytes that cost nothing until they are used, and then page by page.

    NumPy asks for huge pages for so long an array. To clear one of them was measured at 2 ms, and most of it is for nothing.
    """
    plain = mmap.mmap(-1, max(size, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        with contextlib.suppress(OSError):  # a kernel without huge pages
            plain.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(plain, np.uint8, size)


class Spill:
    """Arrays of one table, each in memory while it is short, then in a file of its own."""

    def __init__(self, least_bytes: int = LEAST_BYTES) -> None:
        self._least = least_bytes
        self._files: dict[str, IO[bytes]] = {}
        weakref.finalize(self, _close, self._files)

    def doubled(self, name: str, array: NDArray[Any]) -> NDArray[Any]:
        """The array `name` with as many zeros behind it; one in a file is not copied. `array` must not be used any more."""
        shape = (2 * len(array), *array.shape[1:])
        if name not in self._files and 2 * array.nbytes < self._least:
            return _copied(array, shape)
        try:
            if name not in self._files:
                self._files[name] = _written(array)
            mapped = _mapped(self._files[name], 2 * array.nbytes)
        except OSError:  # no room on the disk: then in memory, as long as it lasts
            _close({name: self._files.pop(name)} if name in self._files else {})
            return _copied(array, shape)
        return np.frombuffer(mapped, array.dtype, prod(shape)).reshape(shape)


def _close(files: dict[str, IO[bytes]]) -> None:
    for file in files.values():
        file.close()  # the map of a file outlives it


def _copied(array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    bigger = np.zeros(shape, array.dtype)
    bigger[: len(array)] = array
    return bigger


def _written(array: NDArray[Any]) -> IO[bytes]:
    file = TemporaryFile(prefix="netdiag-", buffering=0)  # noqa: SIM115  open as long as the array is
    left = memoryview(array.reshape(-1).view(np.uint8).data)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError:
        file.close()
        raise
    return file


def _mapped(file: IO[bytes], size: int) -> mmap.mmap:
    reserve = getattr(os, "posix_fallocate", None)  # macOS has none
    if reserve:
        reserve(file.fileno(), 0, size)  # a full disk shows here, not as a signal when a page is first used
    else:
        file.truncate(size)
    mapped = mmap.mmap(file.fileno(), size)
    KEEPER.add(mapped)
    return mapped


def columns(
    kinds: dict[str, np.dtype[Any]], count: int, least_bytes: int = LEAST_BYTES
) -> tuple[NDArray[np.uint8], dict[str, int], dict[str, NDArray[Any]]]:
    """`count` zeros of each kind by name, side by side in one array (in a file if memory is short): it, where each begins, and they."""
    starts, size = {}, 0
    for name, kind in kinds.items():
        starts[name] = size
        size += -(-count * kind.itemsize // ALIGNMENT) * ALIGNMENT
    whole = np.zeros(0, np.uint8)
    if size >= least_bytes and not fits(size * TOUCHED):
        with contextlib.suppress(OSError), TemporaryFile(prefix="netdiag-", buffering=0) as file:
            whole = np.frombuffer(_mapped(file, size), np.uint8)
    if whole.size < size:
        whole = zeros(size)
    return whole, starts, {name: np.frombuffer(whole, kind, count, starts[name]) for name, kind in kinds.items()}

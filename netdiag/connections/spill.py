"""Keeps long arrays in files without a name: the system writes out what is not in use and reads it back when it is.

The tables of a long capture do not fit the memory, and most of their rows are of connections that ended long ago. Mapped from a file, they
stay where kernels and pandas expect them, and cost memory only while they are touched.
"""

import contextlib
import mmap
import os
import weakref
from math import prod
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

LEAST_BYTES = 1 << 26
"""Shorter arrays stay in memory."""
ALIGNMENT = 64
"""Where a column begins in its file: a line of the cache."""


_MAPS: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


def let_go() -> None:
    """Give back the memory of all arrays that lie in files; what is used again comes back from there."""
    for one in _MAPS:
        one.madvise(mmap.MADV_DONTNEED)


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
    _MAPS.add(mapped)
    return mapped


def columns(
    kinds: dict[str, np.dtype[Any]], count: int, least_bytes: int = LEAST_BYTES
) -> tuple[NDArray[np.uint8], dict[str, int], dict[str, NDArray[Any]]]:
    """`count` zeros of each kind by name, side by side in one array (in a file if it is long): that array, where each begins, and they."""
    starts, size = {}, 0
    for name, kind in kinds.items():
        starts[name] = size
        size += -(-count * kind.itemsize // ALIGNMENT) * ALIGNMENT
    whole = np.zeros(0, np.uint8)
    if size >= least_bytes:
        with contextlib.suppress(OSError), TemporaryFile(prefix="netdiag-", buffering=0) as file:
            whole = np.frombuffer(_mapped(file, size), np.uint8)
    if whole.size < size:
        whole = np.zeros(size, np.uint8)
    return whole, starts, {name: np.frombuffer(whole, kind, count, starts[name]) for name, kind in kinds.items()}

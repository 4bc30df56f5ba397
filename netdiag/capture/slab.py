"""Holds the bytes of an input where they are read and used: with room before them, so that a reader can take over what a decompressor made.

To copy it, 2 MB at a time, takes a sixth of the time that decompressing does, and Python lets no other thread run meanwhile.
NumPy is not needed here to begin with: the first slabs are filled while it is imported.
"""

from __future__ import annotations

import mmap
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEFORE = 1 << 17
"""Room for what is left of the bytes before: a record of which the end is missing. Where that is longer, bytes are copied after all."""
SCRATCH = 1 << 19
"""Free bytes behind those of every chunk: TURNS batches share them, each with room for a reassembled 64 kB datagram and more."""
KEPT = 4
"""Slabs that wait to be used again, at most."""


class Slab:
    """Memory for `size` bytes, and room before and behind them; a new one costs nothing where it is not used."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.memory = mmap.mmap(-1, BEFORE + size + SCRATCH, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.room = memoryview(self.memory)[BEFORE : BEFORE + size]
        self.used = 0
        """How many bytes a decompressor wrote there."""

    @cached_property
    def array(self) -> NDArray[Any]:
        """All of the memory: the bytes begin at BEFORE."""
        import numpy as np

        return np.frombuffer(self.memory, np.uint8)


class Slabs:
    """Slabs of one size; they are used again when whoever took one gives it back."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free: deque[Slab] = deque()

    def take(self) -> Slab:
        """One that nobody uses."""
        try:
            return self._free.pop()
        except IndexError:
            return Slab(self.size)

    def give_back(self, slab: Slab) -> None:
        """Nobody uses it any more; one of another size goes, and those that are too many."""
        if slab.size == self.size and len(self._free) < KEPT:
            self._free.append(slab)

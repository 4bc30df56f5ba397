"""Merges inputs by time into one row of chunks.

The order is that of a k-way merge by the time at each input's head: an input's own order is never changed, even
where its clock goes back, and at equal times the input of lower index comes first. That is the same as sorting
by (greatest time so far in the input, index), which needs no heap and can be done for whole chunks: everything
below the least of the open chunks' last times, and of the next unopened input's first, is final and leaves.

When only one input has something to give, its chunk is passed on as it is; else records are copied into a common
chunk. Inputs are opened when the front reaches them. Memory: the first open input has chunks of full size, the
k-th overlapping one a k-th of it, 64 kB at least; TURNS of each, and as many common ones.
"""

import errno
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.capture.input import DAMAGED
from netdiag.capture.reader import Reader
from netdiag.capture.record import NO_TIME, RECORD, TURNS, Chunk
from netdiag.capture.ref import REF_FILE_SHIFT
from netdiag.capture.slab import SCRATCH
from netdiag.capture.source import Source
from netdiag.errors import CaptureError
from netdiag.kernel import kernel, step

LEAST_CHUNK = 1 << 16
INTERFACE_BITS = 20
"""Of an interface number within its input; see `formats/pcapng.py`, MAX_INTERFACES."""
LEAST, GREATEST = -(1 << 63), (1 << 63) - 1


@kernel
def mark(records: Any, ref: int, keys: Any, key: int) -> Any:
    """Put the file part into `ref`, and the greatest time so far into `keys`; returns least and greatest time."""
    least, greatest = GREATEST, LEAST
    for i in range(records.size):
        r = records[i]
        r.ref |= ref
        key = max(key, r.ts_ns)
        keys[i] = key
        if not r.flags & NO_TIME:
            least, greatest = min(least, r.ts_ns), max(greatest, r.ts_ns)
    return least, greatest


@step
def slot(table: Any, code: int, mask: int) -> Any:
    """Row of `table` that holds `code`, or the free one where it belongs."""
    j = np.int64(np.uint64(code) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) & mask
    while table[j, 0] >= 0 and table[j, 0] != code:
        j = (j + 1) & mask
    return j


@kernel
def number(records: Any, start: int, table: Any, count: int) -> Any:
    """Replace interface numbers of inputs by numbers over all, in order of first packet.

    `table` is open addressing: rows of (input << INTERFACE_BITS | interface, number), -1 for free. Returns where it
    stopped, before the end when the table is half full, and how many numbers are given.
    """
    mask = table.shape[0] - 1
    last, given = np.int64(-1), np.int64(-1)
    for i in range(start, records.size):
        r = records[i]
        code = r.ref >> REF_FILE_SHIFT << INTERFACE_BITS | r.interface
        if code != last:
            j = slot(table, code, mask)
            if table[j, 0] < 0:
                if count * 2 >= table.shape[0]:
                    return i, count
                table[j, 0], table[j, 1] = code, count
                count += 1
            last, given = code, table[j, 1]
        r.interface = given
    return records.size, count


@kernel
def move(old: Any, new: Any) -> Any:
    """Copy the rows of one table to a larger one."""
    for i in range(old.shape[0]):
        if old[i, 0] >= 0:
            j = slot(new, old[i, 0], new.shape[0] - 1)
            new[j, 0], new[j, 1] = old[i, 0], old[i, 1]


@kernel
def place(buffer: Any, records: Any, ranks: Any, starts: Any, target: Any, merged: Any) -> Any:
    """Copy records and their bytes to where they belong: record i becomes row ranks[i], its bytes lie at starts[ranks[i]]."""
    for i in range(records.size):
        k = ranks[i]
        r = records[i]
        merged[k] = r
        merged[k].offset = starts[k]
        for j in range(r.captured):
            target[starts[k] + j] = buffer[r.offset + j]


class Lane:
    """One open input at the merge front."""

    def __init__(self, reader: Reader) -> None:
        self.index = reader.entry.index
        self._reader = reader
        self._chunk: Chunk | None = None
        self._keys = np.empty(0, np.int64)
        self._key = LEAST
        self._at = 0

    def refill(self) -> bool:
        """Have records; False when there are no more."""
        if self._chunk is not None and self._at < self._chunk.records.size:
            return True
        self._chunk, self._at = self._reader.next_chunk(), 0
        if self._chunk is None:
            return False
        records, entry = self._chunk.records, self._reader.entry
        if self._keys.size < records.size:
            self._keys = np.empty(records.size, np.int64)
        least, greatest = mark(records, entry.index << REF_FILE_SHIFT, self._keys, self._key)
        self._key = int(self._keys[records.size - 1])
        entry.packets += records.size
        if least <= greatest:
            entry.first_ns = least if entry.first_ns is None else min(entry.first_ns, least)
            entry.last_ns = greatest if entry.last_ns is None else max(entry.last_ns, greatest)
        return True

    def close(self) -> None:
        """Close the input."""
        self._reader.close()

    @property
    def head(self) -> tuple[int, int]:
        """Place of the next record in the order."""
        return int(self._keys[self._at]), self.index

    @property
    def last(self) -> tuple[int, int]:
        """Place of the chunk's last record in the order; what follows it in the input is not before."""
        return self._key, self.index

    def take(self, horizon: tuple[int, int]) -> tuple[Chunk, NDArray[np.int64]]:
        """The records not behind `horizon`, and their keys."""
        assert self._chunk is not None
        keys = self._keys[self._at : self._chunk.records.size]
        count = int(np.searchsorted(keys, horizon[0], side="right" if self.index <= horizon[1] else "left"))
        taken = Chunk(self._chunk.buffer, self._chunk.used, self._chunk.records[self._at : self._at + count])
        self._at += count
        return taken, keys[:count]


class Numbers:
    """Numbers the interfaces of all inputs, in order of their first packet."""

    def __init__(self) -> None:
        self._table = np.full((64, 2), -1, np.int64)
        self._count = 0

    def give(self, records: NDArray[Any]) -> None:
        """Replace the interface numbers of records that are in their final order."""
        done = 0
        while True:
            done, self._count = number(records, done, self._table, self._count)
            if done == records.size:
                return
            larger = np.full((self._table.shape[0] * 2, 2), -1, np.int64)
            move(self._table, larger)
            self._table = larger


def merge(sources: list[Source], chunk_bytes: int, progress: Callable[[int], None] | None) -> Iterator[Chunk]:
    """Chunks of all sources (sorted by first key, index = position), merged by time."""
    waiting = sources[::-1]
    lanes: list[Lane] = []
    numbers = Numbers()
    buffers = deque(np.empty(0, np.uint8) for _ in range(TURNS))  # they take turns, as in a reader
    try:
        while waiting or lanes:
            for lane in [lane for lane in lanes if not lane.refill()]:
                lane.close()
                lanes.remove(lane)
            if waiting and (not lanes or start(waiting[-1]) < min(lane.head for lane in lanes)):
                lanes += open_lane(waiting.pop(), max(min(chunk_bytes, LEAST_CHUNK), chunk_bytes // (len(lanes) + 1)), progress)
                continue
            if not lanes:
                continue
            horizon = min([lane.last for lane in lanes] + [start(source) for source in waiting[-1:]])
            taken = [part for lane in sorted(lanes, key=lambda lane: lane.index) if (part := lane.take(horizon))[1].size]
            if len(taken) == 1:
                chunk = taken[0][0]
            else:
                chunk = join(taken, buffers.popleft())
                buffers.append(chunk.buffer)
            numbers.give(chunk.records)
            yield chunk
    finally:
        for lane in lanes:
            lane.close()


def start(source: Source) -> tuple[int, int]:
    """Place of a source's first record in the order; behind everything when it has none."""
    return GREATEST if source.first_key is None else source.first_key, source.entry.index


def open_lane(source: Source, chunk_bytes: int, progress: Callable[[int], None] | None) -> list[Lane]:
    """The source's lane; none when it can no longer be opened, which its entry then says."""
    try:
        return [Lane(source.open(chunk_bytes, progress))]
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            remedy = "Raise the limit of open files (ulimit -n)"
            raise CaptureError(source.entry.path, 0, "too many captures overlap in time", remedy) from error
        source.entry.restart()
        source.entry.status = DAMAGED
        source.entry.error = f"byte 0: {error.strerror}. It was there before; is it part of a ring that is still written?"
        return []


def join(parts: list[tuple[Chunk, NDArray[np.int64]]], buffer: NDArray[np.uint8]) -> Chunk:
    """One chunk of several inputs' records, in `buffer` if it is large enough; parts are sorted by input."""
    order = np.argsort(np.concatenate([keys for _, keys in parts]), kind="stable")
    ranks = np.empty_like(order)
    ranks[order] = np.arange(order.size)
    ends = np.concatenate([chunk.records["captured"] for chunk, _ in parts])[order].cumsum(dtype=np.int64)
    starts = np.concatenate([[0], ends[:-1]])
    used = int(ends[-1])
    if buffer.size < used + SCRATCH:
        buffer = np.empty(used + SCRATCH, np.uint8)
    records = np.empty(order.size, RECORD)
    done = 0
    for chunk, keys in parts:
        place(chunk.buffer, chunk.records, ranks[done : done + keys.size], starts, buffer, records)
        done += keys.size
    return Chunk(buffer, used, records)

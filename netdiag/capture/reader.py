"""Reads one input into chunks: fills a buffer from its stream, has the format's walker find the records.

Buffers take turns, so that chunks stay as they are while the next is made. They grow only when a record, or a block
that must be seen whole, does not fit, and the formats bound how long those may be. So memory is bounded by TURNS times the chunk
size, or 16 MB for those that hold so long a record (128 MB for the link types whose records may be that long), and a few MB more for a
compressed file that is read in large chunks. What the records are never depends on the chunk size.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from netdiag.capture.fault import Fault
from netdiag.capture.format import Walker, known
from netdiag.capture.input import DAMAGED, NOT_A_CAPTURE, TRUNCATED, Input
from netdiag.capture.linktypes import link_name
from netdiag.capture.record import RECORD, SCRATCH, TURNS, Chunk
from netdiag.capture.stream import HANDFUL_BYTES, Stream

SMALLEST_RECORD = 64
"""Rows are provided for records of this many bytes; smaller ones fill the rows before the buffer's end, which is fine."""
FORMATS = "It must be pcap, pcapng, snoop or ERF, plain or compressed with gzip, zstd, lz4 or xz"


class Reader:
    """The chunks of one input.

    Parameters
    ----------
    entry
        What the input is: filled while reading.
    chunk_bytes
        Size of the buffer, >= 1.
    progress
        Called with the number of raw input bytes consumed since the last call.
    stream
        The input's bytes, where they were begun before.

    Raises
    ------
    OSError
        When the input cannot be opened.
    """

    def __init__(self, entry: Input, chunk_bytes: int, progress: Callable[[int], None] | None = None, stream: Stream | None = None) -> None:
        self.entry = entry
        self.fault: Fault | None = None
        """What ended the reading early."""
        self.fault_at = 0
        """Its byte offset: in the decompressed data, or in the file when the compression itself is broken."""
        # A look at the first packet needs no thread.
        self._stream = stream or Stream(entry.path, progress, beside=chunk_bytes >= HANDFUL_BYTES)
        self._walker: Walker | None = None
        self._size = chunk_bytes + SCRATCH
        self._buffer = np.empty(self._size, np.uint8)
        self._others = deque(np.empty(0, np.uint8) for _ in range(TURNS - 1))  # the one that was given away first comes next
        self._given = False  # somebody uses the buffer
        self._rows = np.empty(max(16, chunk_bytes // SMALLEST_RECORD), RECORD)
        self._at = self._used = 0
        self._before = 0  # bytes of the capture that have left the buffer
        self._need = self._skip = 0
        self._skipping = False
        self._ended = False  # no more bytes come
        self._done = False  # no more records come
        self._held: Chunk | None = None
        entry.restart()
        entry.compression = self._stream.compression

    def close(self) -> None:
        """Close the input; what it held is gone."""
        self._stream.close()
        self._done, self._held = True, None

    def peek(self) -> Chunk | None:
        """The chunk that `next_chunk` will give."""
        if self._held is None:
            self._held = self.next_chunk()
        return self._held

    def next_chunk(self) -> Chunk | None:
        """The next records, at least one; None at the end. Its rows are valid until the next call, its bytes for TURNS - 1 calls."""
        if self._held is not None:
            held, self._held = self._held, None
            return held
        while not self._done:
            if (self._skip and not self._discard()) or not self._fill(self._need):
                self._finish(Fault(TRUNCATED, "the capture ends inside a record", "Records before it are used") if self._inside() else None)
            elif (self._walker is not None or self._recognise()) and (chunk := self._walk()):
                return chunk
        return None

    def _walk(self) -> Chunk | None:
        assert self._walker is not None
        step = self._walker.walk(self._buffer, self._at, self._used, self._rows)
        self._at, self._need, self._skip, self._skipping = step.at, step.need, step.skip, step.skip > 0
        self._note(self._walker)
        if step.fault:
            self._finish(step.fault)
        if not step.rows:
            return None
        self._given = True
        return Chunk(self._buffer, self._used, self._rows[: step.rows])

    def _inside(self) -> bool:
        """Whether the walk stands inside a record or block, not between two."""
        return self._used > self._at or self._skipping

    def _recognise(self) -> bool:
        """Find the format by the first bytes."""
        for form in known():
            self._fill(form.head)
            if form.matches(self._buffer[: min(form.head, self._used)].tobytes()):
                self._walker = form.walker()
                return True
        problem = "it is no capture" if self._used else "it is empty"
        self._finish(Fault(NOT_A_CAPTURE, problem, FORMATS))
        return False

    def _fill(self, need: int) -> bool:
        """Read until `need` bytes follow `at`, and what else there is room for; False when the input ends before."""
        if self._used - self._at >= need:
            return True
        if self._ended:
            return False
        self._make_room(need)
        room = self._buffer.size - SCRATCH
        view = self._buffer.data[:room]
        while self._used < need or (self._used < room and not self._stream.live):
            got = self._stream.readinto(view[self._used :])
            self._used += got
            if not got:
                self._ended = True
                break
        return self._used >= need

    def _make_room(self, need: int) -> None:
        """Move what is left to the start of a buffer that nobody uses and that `need` bytes fit."""
        left = self._buffer[self._at : self._used]
        self._turn()
        if (most := max(need, left.size)) > self._buffer.size - SCRATCH:
            self._buffer = np.empty((1 << (most - 1).bit_length()) + SCRATCH, np.uint8)
        self._buffer[: left.size] = left
        self._before += self._at
        self._at, self._used = 0, left.size

    def _turn(self) -> None:
        """Take another buffer if this one was given away."""
        if self._given:
            self._given = False
            self._others.append(self._buffer)
            self._buffer = self._others.popleft()
            if self._buffer.size != self._size:  # not used yet, or it grew for one record
                self._buffer = np.empty(self._size, np.uint8)

    def _discard(self) -> bool:
        """Step over bytes that nobody needs; False when the input ends before."""
        there = min(self._skip, self._used - self._at)
        self._at += there
        self._skip -= there
        if self._skip:
            self._before += self._used
            self._at = self._used = 0
            self._turn()
        view = self._buffer.data
        while self._skip and (got := self._stream.readinto(view[: min(self._skip, self._buffer.size)])):
            self._skip -= got
            self._before += got
        return not self._skip

    def _note(self, walker: Walker) -> None:
        """Tell the input what is known of it by now."""
        entry = self.entry
        entry.format, entry.interfaces, entry.drops = walker.name, walker.interfaces, walker.drops
        entry.bytes = self._before + self._used
        if len(walker.links) != len(entry.link_types):
            entry.link_types = tuple(sorted(map(link_name, walker.links)))

    def _finish(self, fault: Fault | None) -> None:
        """No more records come, because of `fault` if any; what broke the stream comes before what that did to the records."""
        self._done = True
        broken = self._stream.fault
        if broken and (fault is None or fault.status == TRUNCATED or not self._used):
            self.fault, self.fault_at, where = broken, self._stream.position, ""
        else:
            self.fault, self.fault_at = fault, self._before + self._at
            where = " of the decompressed data" if self._stream.compression else ""
        self.entry.bytes = self._before + (self._at if self.fault and self.fault.status == DAMAGED else self._used)
        if self.fault:
            self.entry.status = self.fault.status
            self.entry.error = f"byte {self.fault_at}{where}: {self.fault.problem}. {self.fault.remedy}"

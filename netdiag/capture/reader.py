"""Reads one input into chunks: fills a buffer from its stream, has the format's walker find the records.

Buffers take turns, so that chunks stay as they are while the next is made. They grow only when a record, or a block
that must be seen whole, does not fit, and the formats bound how long those may be. So memory is bounded by TURNS times the chunk
size, or 16 MB for those that hold so long a record (128 MB for the link types whose records may be that long), and for a compressed file
that is read in large chunks 40 MB more (80 MB until its first are asked for). What the records are never depends on the chunk size.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from netdiag.capture.fault import Fault
from netdiag.capture.format import Walker, known
from netdiag.capture.input import DAMAGED, NOT_A_CAPTURE, TRUNCATED, Input
from netdiag.capture.linktypes import link_name
from netdiag.capture.record import RECORD, TURNS, Chunk
from netdiag.capture.slab import BEFORE, Slab, Slabs
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
        Size of the buffers, >= 1.
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
        self._stream = stream or Stream(entry.path, progress, beside=chunk_bytes >= HANDFUL_BYTES)  # a look at a packet needs no thread
        self._walker: Walker | None = None
        self._slabs = self._stream.slabs if chunk_bytes == self._stream.slabs.size else Slabs(chunk_bytes)
        self._slab = self._slabs.take()
        self._given = False  # in a chunk, which somebody uses
        self._past = deque[Slab]()  # those that were given, the first one first; at last the present one, once it was
        self._rows = np.empty(max(16, chunk_bytes // SMALLEST_RECORD), RECORD)
        self._at = self._used = BEFORE
        self._before = -BEFORE  # place in the capture of the slab's first byte
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
        step = self._walker.walk(self._slab.array, self._at, self._used, self._rows)
        self._at, self._need, self._skip, self._skipping = step.at, step.need, step.skip, step.skip > 0
        self._note(self._walker)
        if step.fault:
            self._finish(step.fault)
        if not step.rows:
            return None
        if not self._given:
            self._given = True
            self._past.append(self._slab)
        return Chunk(self._slab.array, self._used, self._rows[: step.rows])

    def _inside(self) -> bool:
        """Whether the walk stands inside a record or block, not between two."""
        return self._used > self._at or self._skipping

    def _recognise(self) -> bool:
        """Find the format by the first bytes."""
        for form in known():
            self._fill(form.head)
            if form.matches(self._slab.array[self._at : min(self._at + form.head, self._used)].tobytes()):
                self._walker = form.walker()
                return True
        problem = "it is no capture" if self._used > self._at else "it is empty"
        self._finish(Fault(NOT_A_CAPTURE, problem, FORMATS))
        return False

    def _fill(self, need: int) -> bool:
        """Read until `need` bytes follow `at`, and what else there is room for; False when the input ends before."""
        if self._used - self._at >= need:
            return True
        if self._ended:
            return False
        self._make_room(need)
        view, room = self._slab.array.data, BEFORE + self._slab.size
        while self._used - self._at < need or (self._used < room and not self._stream.live and not self._stream.lends):
            got = self._stream.readinto(view[self._used : room])
            self._used += got
            if not got:
                self._ended = True
                break
        return self._used - self._at >= need

    def _make_room(self, need: int) -> None:
        """Move what is left to a slab that nobody uses and that `need` bytes fit: to before the stream's next bytes, if they are in one."""
        left = self._slab.array[self._at : self._used]
        most = max(need, left.size)
        self._take_back()
        if slab := self._stream.lend() if most <= BEFORE else None:
            start, end = BEFORE - left.size, BEFORE + slab.used
        else:
            slab, start, end = self._unused(most), BEFORE, BEFORE + left.size
        slab.array[start : start + left.size] = left
        self._before += self._at - start
        self._at, self._used = start, end
        self._use(slab)

    def _take_back(self) -> None:
        """Nobody uses the slab any more that was given away first, when the next is about to be made."""
        if self._given and len(self._past) == TURNS:
            self._give_back(self._past.popleft())

    def _unused(self, most: int) -> Slab:
        """A slab that nobody uses and that `most` bytes fit: this one, if it is such."""
        if not self._given and most <= self._slab.size:
            return self._slab
        return self._slabs.take() if most <= self._slabs.size else Slab(1 << (most - 1).bit_length())

    def _use(self, slab: Slab) -> None:
        """Go on with this one."""
        if slab is not self._slab:
            if not self._given:
                self._give_back(self._slab)
            self._slab, self._given = slab, False

    def _give_back(self, slab: Slab) -> None:
        (self._slabs if slab.size == self._slabs.size else self._stream.slabs).give_back(slab)

    def _discard(self) -> bool:
        """Step over bytes that nobody needs; False when the input ends before."""
        there = min(self._skip, self._used - self._at)
        self._at += there
        self._skip -= there
        if self._skip:
            self._before += self._used - BEFORE
            self._at = self._used = BEFORE
            self._take_back()
            self._use(self._unused(1))
        while self._skip and (got := self._stream.readinto(self._slab.room[: self._skip])):
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
        if broken and (fault is None or fault.status == TRUNCATED or not self._before + self._used):
            self.fault, self.fault_at, where = broken, self._stream.position, ""
        else:
            self.fault, self.fault_at = fault, self._before + self._at
            where = " of the decompressed data" if self._stream.compression else ""
        self.entry.bytes = self._before + (self._at if self.fault and self.fault.status == DAMAGED else self._used)
        if self.fault:
            self.entry.status = self.fault.status
            self.entry.error = f"byte {self.fault_at}{where}: {self.fault.problem}. {self.fault.remedy}"

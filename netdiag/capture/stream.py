"""Opens an input and gives its bytes, decompressed: by magic number, never by suffix.

Decompressed data is made in steps of bounded size, so that a decompression bomb costs time but no memory; that of a
file is made in a thread of its own, ahead of whoever reads it, and by a quick reader where there is one (see `compression`). A
compressed stream that is cut off or broken gives what could be read of it and then ends; `fault` says why. What the quick reader
cannot read to its end is therefore read once more, step by step.
Several members or frames one after the other are one stream. Compression inside compression is not followed.
"""

import contextlib
import errno
import io
import os
import stat
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, Protocol

from netdiag.ahead import ahead
from netdiag.capture.compression import BROKEN, COMPRESSIONS, MAGIC_BYTES, UNREADABLE, Compression, Decoder
from netdiag.capture.fault import Fault
from netdiag.capture.input import DAMAGED, TRUNCATED
from netdiag.capture.slab import Slab, Slabs

if sys.platform == "linux":
    import fcntl

READ_BYTES, MOST_READ_BYTES = 1 << 15, 1 << 18
"""Compressed bytes read at once: few where members end, because a decoder copies what follows."""
HEAD_BYTES = 1 << 9
"""Compressed bytes that a decoder is given at first, at least: isal misreads a member's head that comes in pieces..."""
READ_SHARE = 16
"""...and later no more than one in so many bytes of the member, because what a broken piece holds before the damage is lost."""
FIRST_BYTES = 1 << 11
"""Read at first, so that what is read later, many whole pages at a time, begins in the middle of one. A large buffer of malloc's begins 16
bytes behind the beginning of a page, and the kernel copies a page of a file to up to 31 bytes behind where it lies in its own at 1.6 GB/s,
to anywhere else at 6.8 (AMD Zen 3)."""
STEP_BYTES = 1 << 18
"""Decompressed bytes made at once, at most: they stay in the cache of the processor that makes them."""
HANDFUL_BYTES = 1 << 19
"""Decompressed bytes handed over at once, at least: less would cost more than it gains."""
SLAB_BYTES = 1 << 21
"""What a quick reader, which works on without the GIL, fills at once: an eighth less time than with a quarter of it..."""
HANDFULS, EARLY_HANDFULS = 8, 24
"""...and how many are in use at a time, so that decompression need not wait while a chunk is decoded; and how many more at first, while
NumPy is imported."""
PIPE_BYTES = 1 << 20
STDIN = "-"

Blocks = Sequence[memoryview | Slab]
"""Bytes that were made together."""


def size_of(path: str) -> int | None:
    """Size of a regular file; None for standard input, pipes and devices, which can be read only once."""
    if path == STDIN:
        return None
    status = Path(path).stat()
    return status.st_size if stat.S_ISREG(status.st_mode) else None


class RawInput(Protocol):
    """What a stream needs of a file."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read into `buffer`; returns bytes read."""
        ...

    def fileno(self) -> int:
        """Its descriptor."""
        ...

    def seek(self, position: int, /) -> int:
        """Go on from there; asked of files only."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def standard_input() -> RawInput:
    """Standard input below its buffer, which would wait for more than has arrived."""
    if sys.stdin is None or sys.stdin.closed:
        raise OSError(errno.EBADF, "standard input is closed")
    buffer: Any = sys.stdin.buffer
    raw: RawInput = getattr(buffer, "raw", buffer)
    return raw


def prepare_pipe(pipe: RawInput) -> None:
    """Make reads of a pipe wait for data, and fetch more of it at once where the system allows."""
    with contextlib.suppress(OSError):  # neither is more than a convenience, and not every input has a descriptor
        os.set_blocking(pipe.fileno(), True)
        if sys.platform == "linux":
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


class Stream:
    """The bytes of one input.

    Parameters
    ----------
    path
        A file, or "-" for standard input.
    progress
        Called with the number of raw (compressed) bytes consumed since the last call.
    beside
        Whether a file may be decompressed in a thread of its own.

    Raises
    ------
    OSError
        When the input cannot be opened.
    """

    def __init__(self, path: str, progress: Callable[[int], None] | None = None, *, beside: bool = True) -> None:
        self.path = path
        self.fault: Fault | None = None
        """Why the stream ended before its end."""
        self.position = 0
        """Raw bytes consumed."""
        self.progress = progress
        self._told = 0
        self.live = size_of(path) is None
        """Whether bytes may arrive slowly, so that a reader should not wait for more than it needs."""
        self._close = path != STDIN
        self._file = open(path, "rb", buffering=0) if path != STDIN else standard_input()  # noqa: PTH123, SIM115
        if self.live:
            prepare_pipe(self._file)
        self._held = b""
        self._ended = False
        while len(self._held) < MAGIC_BYTES and (more := self._read(MAGIC_BYTES - len(self._held))):
            self._held += more
        self._compression: Compression | None = next((c for c in COMPRESSIONS if c.matches(self._held)), None)
        self._decoder: Decoder | None = self._compression.decoder() if self._compression else None
        self.beside = beside and self._decoder is not None and not self.live
        """Whether it is decompressed in a thread of its own."""
        self._member_at = 0
        self.slabs = Slabs(SLAB_BYTES)
        """Whoever was lent one gives it back here."""
        self._ready: deque[memoryview | Slab] = deque()
        self._opened: Slab | None = None  # the first of them is what is left of it
        self._made: Generator[Blocks, None, None] | None = None

    @property
    def compression(self) -> str | None:
        """Name of the compression, None for plain bytes."""
        return self._compression.name if self._compression else None

    def begin(self, early: int = 0) -> Generator[Blocks, None, None]:
        """Have bytes decompressed before they are asked for, where there is a thread for it: `early` more handfuls than later on."""
        self._made = ahead(self._handfuls(), HANDFULS, early) if self.beside else ([block] for block in self._blocks())
        return self._made

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._made is not None:
            self._made.close()
        if self._close and not (self.beside and self._made):  # else the other thread may be reading it, and closes it
            self._file.close()

    def readinto(self, view: memoryview) -> int:
        """Fill the start of `view` (not empty); returns bytes written, 0 at the end."""
        if self._decoder is None and not self._held and not self._ready:
            return self._raw(view)
        if not self._more():
            return 0
        block = self._ready.popleft()
        if isinstance(block, Slab):
            self._opened, block = block, block.room[: block.used]
        size = min(len(view), len(block))
        view[:size] = block[:size]
        if size < len(block):
            self._ready.appendleft(block[size:])
        elif self._opened:
            self.slabs.give_back(self._opened)
            self._opened = None
        return size

    @property
    def lends(self) -> bool:
        """Whether the next bytes are in a slab of which none was read, as far as one can tell without waiting for them."""
        quick = self.beside and self._compression is not None and self._compression.quick is not None
        return quick and (not self._ready or isinstance(self._ready[0], Slab))

    def lend(self) -> Slab | None:
        """The next bytes where they lie, if they are in a slab and none of them was read."""
        if self._decoder is None or not self._more() or not isinstance(self._ready[0], Slab):
            return None
        slab = self._ready.popleft()
        assert isinstance(slab, Slab)
        return slab

    def _more(self) -> bool:
        """Wait for decompressed bytes; False at the end."""
        source = self._made or self.begin()
        while not self._ready:
            if (made := next(source, None)) is None:
                return False
            self._ready.extend(made)
        return True

    def _handfuls(self) -> Generator[Blocks, None, None]:
        """The decompressed bytes where they are made beside the reader, some blocks at a time."""
        try:
            given = yield from self._quickly()
            made: list[memoryview] = []
            size = 0
            for block in self._blocks(given):
                made.append(block)
                size += len(block)
                if size >= HANDFUL_BYTES:
                    yield made
                    made, size = [], 0
            yield made
        finally:
            if self._close:
                self._file.close()

    def _quickly(self) -> Generator[Blocks, None, int]:
        """What is made the quick way, if there is one; returns how many bytes."""
        assert self._compression is not None
        given = 0
        if self._compression.quick is None:
            return given
        try:
            self._restart()
            reader = self._compression.quick(_Raw(self._raw))
            while size := reader.readinto((slab := self.slabs.take()).room):
                slab.used = size
                yield [slab]
                given += size
            self._ended = True
        except (*BROKEN, *UNREADABLE):  # which of these it is, the careful way will tell
            with contextlib.suppress(OSError):  # where there is no way back, nothing was read yet
                self._restart()
                self._held = self._read(MAGIC_BYTES)
        return given

    def _restart(self) -> None:
        """Go back to the beginning of the file."""
        assert self._compression is not None
        self._file.seek(0)
        self.position = self._member_at = 0
        self._held, self._decoder, self._ended, self.fault = b"", self._compression.decoder(), False, None

    def _blocks(self, given: int = 0) -> Generator[memoryview, None, None]:
        """The decompressed bytes but for those that were given before."""
        while not self._ended:
            block = memoryview(self._step())
            passed = min(given, len(block))
            given -= passed
            if passed < len(block):
                yield block[passed:]

    def _step(self) -> bytes:
        """Some more bytes; maybe none, and then either more comes or the stream has ended."""
        if self._decoder is None:
            held, self._held = self._held, b""
            return held
        if self._decoder.eof:
            self._next_member(self._decoder)
            return b""
        data = b""
        if self._decoder.needs_input:
            share = (self.position - self._member_at) // READ_SHARE
            data, self._held = self._held, b""
            if len(data) < HEAD_BYTES:
                data += self._read(min(max(share, READ_BYTES), MOST_READ_BYTES))
            if not data:
                self._end(
                    Fault(TRUNCATED, f"the {self.compression} data is cut off", "What comes before the cut is used; copy the file again")
                )
                return b""
        try:
            return self._decoder.decompress(data, STEP_BYTES)
        except BROKEN as error:
            self._end(Fault(DAMAGED, f"the {self.compression} data is damaged ({error})", "What comes before is used; copy the file again"))
            return b""

    def _next_member(self, decoder: Decoder) -> None:
        """Go on with the member behind a finished one; zero padding between and behind members is allowed."""
        assert self._compression is not None
        data = (decoder.unused_data or b"").lstrip(b"\0")
        while len(data) < MAGIC_BYTES and (more := self._read()):
            data = (data + more).lstrip(b"\0")
        if not data:
            self._end(None)
        elif self._compression.matches(data):
            self._held, self._decoder, self._member_at = data, self._compression.decoder(), self.position
        else:
            self._end(Fault(DAMAGED, f"what follows the {self.compression} data is not {self.compression}", "What comes before is used"))

    def _end(self, fault: Fault | None) -> None:
        self._ended = True
        self.fault = self.fault or fault

    def _read(self, size: int = READ_BYTES) -> bytes:
        block = bytearray(size)
        return bytes(block[: self._raw(memoryview(block))])

    def _raw(self, view: memoryview) -> int:
        try:
            size = self._file.readinto(view if self.position else view[:FIRST_BYTES]) or 0
        except OSError as error:
            size = 0
            self._end(
                Fault(DAMAGED, f"the file cannot be read any further ({error.strerror})", "What comes before is used; check the disk")
            )
        self.position += size
        if self.progress and self.position > self._told:
            self.progress(self.position - self._told)
            self._told = self.position
        return size


@contextlib.contextmanager
def begun(path: str, progress: Callable[[int], None] | None = None, *, beside: bool = True) -> Generator[Stream | None, None, None]:
    """The stream of a compressed file, whose decompression begins before there is a reader for it; None for anything else."""
    stream = None
    with contextlib.suppress(OSError):  # whoever reads it will say so
        if size_of(path) is not None:
            stream = Stream(path, beside=beside)  # nothing is told of a file that another stream will read
    if stream is None:
        yield None
        return
    with contextlib.closing(stream):
        if stream.beside:
            stream.progress = progress
            stream.begin(EARLY_HANDFULS)
        yield stream if stream.beside else None


class _Raw(io.RawIOBase):
    """The file of a stream as a file of Python's, for a reader that takes such."""

    def __init__(self, readinto: Callable[[memoryview], int]) -> None:
        self.readinto = readinto  # type: ignore[method-assign, assignment]

    def readable(self) -> bool:
        return True

"""Tells compressions by their magic number and gives each a decoder of one shape.

A decoder is what the standard library's `lzma.LZMADecompressor` is: it takes input as it comes, makes at most
`max_length` bytes at a time, and knows the end of its stream. For gzip there is a quicker way too, which reads a whole file by itself;
of a file that is cut off or damaged it does not give all that comes before.
"""

import io
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import lz4.frame
import zstandard
from isal import igzip_lib

from netdiag.capture.zstd import ZstdDecoder

BROKEN: tuple[Any, ...] = (igzip_lib.IsalError, lzma.LZMAError, zstandard.ZstdError, RuntimeError, EOFError)
"""What decoders raise on data that is not theirs; lz4 uses the bare RuntimeError."""

UNREADABLE = (OSError, OverflowError)
"""What a quick reader raises besides: for a file that is no gzip, and for a head that is too long."""
MAGIC_BYTES = 6
QUICK_READ_BYTES = 1 << 21
"""Compressed bytes that a quick reader asks for at once: for each it needs the GIL, and may have to wait for it."""
XZ_MEMORY = 1 << 28
"""Largest dictionary a decoder may ask for; `xz -9` needs 65 MB."""


class Decoder(Protocol):
    """Turns one compressed stream, member or frame into bytes."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether `decompress` can make nothing without more input."""
        ...

    @property
    def unused_data(self) -> bytes | None:
        """Input that follows the end of the stream; lz4 says None for nothing."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take `data` and make at most `max_length` bytes."""
        ...


class QuickReader(Protocol):
    """Reads a compressed file to its end, all of its members."""

    def readinto(self, room: memoryview, /) -> int:
        """Fill `room` with the next bytes, as far as there are any; returns how many. What is wrong with the file is raised."""
        ...


def _quick_gzip(file: Any) -> QuickReader:
    """What isal's own `IGzipFile` reads from; that would ask for a quarter as much at a time, and copy what it makes."""
    from isal import isal_zlib  # a look at a capture needs none

    reader: Any = isal_zlib._GzipReader(file, QUICK_READ_BYTES)  # noqa: SLF001
    return io.BufferedReader(reader)


@dataclass(frozen=True, slots=True)
class Compression:
    """A compression: its name, first bytes and decoder."""

    name: str
    magics: tuple[bytes, ...]
    decoder: Callable[[], Decoder]
    quick: Callable[[Any], QuickReader] | None = None
    """Given something with `readinto`, reads what that gives."""

    def matches(self, head: bytes) -> bool:
        """Whether data that starts with `head` is compressed so."""
        return head.startswith(self.magics)


COMPRESSIONS = (
    Compression("gzip", (b"\x1f\x8b\x08",), lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP), _quick_gzip),
    Compression("zstd", (b"\x28\xb5\x2f\xfd", *(bytes((n,)) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))), ZstdDecoder),
    Compression("lz4", (b"\x04\x22\x4d\x18",), lz4.frame.LZ4FrameDecompressor),
    Compression("xz", (b"\xfd7zXZ\0",), lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)),
)

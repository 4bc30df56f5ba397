"""Decodes a zstd frame block by block.

The zstandard package decodes all it is given at once, so a small input can make gigabytes, and its stream reader
does not say whether a frame was finished. A block makes at most 128 kB: finding the blocks first (RFC 8878
section 3.1.1) bounds the memory and tells a cut.
"""

from collections.abc import Generator

import zstandard

SKIPPABLE = 0x184D2A5
"""Upper 28 bits of the magic number of frames that hold no data (pzstd writes them)."""
MAX_BLOCK = 128 << 10
RLE = 1


class ZstdDecoder:
    """Decodes one frame; a `netdiag.capture.compression.Decoder`."""

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor().decompressobj()
        self._frame = self._parts()
        self._wanted = next(self._frame)
        self._pending = bytearray()
        self._ready = b""
        self._finished = False

    @property
    def eof(self) -> bool:
        """Whether the end of the frame was reached and everything before it given."""
        return self._finished and not self._ready

    @property
    def needs_input(self) -> bool:
        """Whether `decompress` can make nothing without more input."""
        return not self._finished and not self._ready and len(self._pending) < self._wanted

    @property
    def unused_data(self) -> bytes:
        """Input that follows the end of the frame."""
        return bytes(self._pending) if self.eof else b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take `data` and make at most `max_length` bytes."""
        self._pending += data
        while not self._finished and not self._ready and len(self._pending) >= self._wanted:
            part = bytes(self._pending[: self._wanted])
            del self._pending[: self._wanted]
            try:
                self._wanted = self._frame.send(part)
            except StopIteration:
                self._finished = True
        made, self._ready = self._ready[:max_length], self._ready[max_length:]
        return made

    def _parts(self) -> Generator[int, bytes, None]:
        """Ask for the frame's parts by their size and decode them."""
        head = yield 5
        if int.from_bytes(head[:4], "little") >> 4 == SKIPPABLE:
            left = int.from_bytes(head[4:] + (yield 3), "little")
            while left:
                left -= len((yield min(left, MAX_BLOCK)))
            return
        single, checksum = head[4] >> 5 & 1, head[4] >> 2 & 1
        size = 1 - single + (0, 1, 2, 4)[head[4] & 3] + (single, 2, 4, 8)[head[4] >> 6]
        self._ready = self._decoder.decompress(head + (yield size))
        last = 0
        while not last:
            head = yield 3
            block = int.from_bytes(head, "little")
            last, size = block & 1, 1 if block >> 1 & 3 == RLE else block >> 3
            if size > MAX_BLOCK:
                raise zstandard.ZstdError("a block larger than any may be")
            self._ready = self._decoder.decompress(head + (yield size))
        if checksum:
            self._ready = self._decoder.decompress((yield 4))

"""Makes one capture of many inputs, ordered by time.

Each input is opened once to learn its format and the time of its first packet, and again when it is read, so
that thousands of ring files never are thousands of open files. Standard input and pipes can be opened only once
and stay open.

Paths: "-" is standard input; of a directory its files are taken (with `recursive`, those below too); a path
that does not exist and has wildcards is expanded. A file that is named twice is read once. What is named must
be readable, else `CaptureError`; what merely lies in a named directory may be something else, and is kept in
`inputs` with its status.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Self

from netdiag.capture.input import Input
from netdiag.capture.paths import expand
from netdiag.capture.record import Chunk
from netdiag.capture.source import Source
from netdiag.capture.stream import STDIN, Stream
from netdiag.errors import CaptureError

CHUNK_BYTES = 4 << 20


class Capture:
    """Packets of one or many inputs, in order of time.

    Parameters
    ----------
    paths
        Files, directories, wildcards, "-" for standard input.
    recursive
        Take files below a directory's directories too.
    chunk_bytes
        Size of the chunks, >= 1. What the records are does not depend on it.
    progress
        Called with the number of raw (compressed) input bytes consumed since the last call.
    begun
        Bytes of one of the files, which the caller has begun (`stream.begun`) and closes.

    Raises
    ------
    CaptureError
        When a named input does not exist or nothing of it can be read, or a directory holds no capture.
    """

    def __init__(
        self,
        paths: Sequence[str | os.PathLike[str]],
        *,
        recursive: bool = False,
        chunk_bytes: int = CHUNK_BYTES,
        progress: Callable[[int], None] | None = None,
        begun: Stream | None = None,
    ) -> None:
        if chunk_bytes < 1:
            raise ValueError(f"chunk_bytes is {chunk_bytes}; it must be at least 1")
        self._chunk_bytes, self._progress, self._begun = chunk_bytes, progress, begun
        self._seen: set[str] = set()
        self._sources: list[Source] = []
        try:
            for path in paths:
                self._add(os.fsdecode(path), recursive)
        except CaptureError:
            self.close()
            raise
        self._sources.sort(key=Source.order)
        for index, source in enumerate(self._sources):
            source.entry.index = index

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close pipes that were named but not read; files are open only while `chunks` is at them."""
        for source in self._sources:
            source.close()

    @property
    def inputs(self) -> list[Input]:
        """The inputs in order of their first packet; those without packets follow, then those that are no captures."""
        return [source.entry for source in self._sources]

    @property
    def total_bytes(self) -> int | None:
        """Raw bytes of all inputs that are captures; None when one of them is a pipe."""
        sizes = [source.size for source in self._sources if source.readable]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def chunks(self) -> Iterator[Chunk]:
        """The records in order of time; records of one input keep their order.

        A chunk is valid until the next one is asked for. Inputs that are files can be read again by another call.

        Raises
        ------
        CaptureError
            When standard input or a pipe is to be read a second time, or too many files overlap in time.
        """
        from netdiag.capture.merge import merge  # compiled code: what only looks at `inputs` can do without

        yield from merge([source for source in self._sources if source.readable], self._chunk_bytes, self._progress)

    def _add(self, path: str, recursive: bool) -> None:
        """Look at the inputs that `path` stands for."""
        try:
            places = list(expand(path, recursive))
        except OSError as error:
            raise CaptureError(path, 0, str(error.strerror or error).lower(), "Check the directory") from error
        if not places:
            raise CaptureError(path, 0, "the directory holds no files", "Name a directory of captures, or look below it too (-R)")
        before = len(self._sources)
        for place, named in places:
            if self._is_new(place):
                source = Source(place, named, self._chunk_bytes, self._progress)
                if self._begun is not None and self._begun.path == place:
                    source.begun = self._begun
                self._sources.append(source)
        added = self._sources[before:]
        if added and not any(source.readable for source in added):
            raise CaptureError(path, 0, f"none of its {len(added)} files is a capture", "Name a directory of captures")

    def _is_new(self, path: str) -> bool:
        """Whether the file was not named before, by whatever path."""
        place = path if path == STDIN else os.path.realpath(path)
        known = place in self._seen
        self._seen.add(place)
        return not known

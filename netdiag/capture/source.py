"""Looks at an input before it is read: what it is, how large, and when its first packet was captured."""

from collections.abc import Callable

from netdiag.capture.fault import Fault
from netdiag.capture.input import NOT_A_CAPTURE, TRUNCATED, Input
from netdiag.capture.reader import Reader
from netdiag.capture.stream import Stream, size_of
from netdiag.errors import CaptureError

PROBE_BYTES = 1 << 16
"""Read at once when only the first packet is wanted."""
HINTS = {
    FileNotFoundError: "Check the path",
    PermissionError: "Make it readable for this user, or run with more rights",
    IsADirectoryError: "Name a file",
}


class Source:
    """An input that was looked at. A file is closed again; a pipe stays open, for it can be read only once.

    Parameters
    ----------
    path
        A file, or "-" for standard input.
    named
        Whether the caller named it. What only lies in a named directory may be anything, and only files of it are opened.
    chunk_bytes, progress
        As in `Capture`; for a pipe, whose reading begins here.

    Raises
    ------
    CaptureError
        When a named input cannot be read at all.
    """

    def __init__(self, path: str, named: bool, chunk_bytes: int, progress: Callable[[int], None] | None) -> None:
        self.entry = Input(path)
        self.size: int | None = None
        """Bytes of a regular file, else None."""
        self.first_key: int | None = None
        """Time of the first packet, ns; None without packets."""
        self.readable = False
        """Whether there is a capture in it, if only an empty one."""
        self.begun: Stream | None = None
        """A file's bytes, begun before the input was opened to be read."""
        self._pipe: Reader | None = None
        fault: Fault | None
        try:
            self.size = size_of(path)
            if self.size is None and not named:
                fault, at = Fault(NOT_A_CAPTURE, "it is no regular file", "Name it to read it"), 0
            else:
                fault, at = self._look(chunk_bytes, progress)
        except OSError as error:
            fault, at = Fault(NOT_A_CAPTURE, str(error.strerror or error).lower(), HINTS.get(type(error), "Check the file")), 0
        if fault is None:
            self.readable = True
        elif named:
            self.close()
            raise CaptureError(path, at, fault.problem, fault.remedy)
        else:
            self.entry.status = fault.status
            self.entry.error = self.entry.error or f"{fault.problem}. {fault.remedy}"

    def open(self, chunk_bytes: int, progress: Callable[[int], None] | None) -> Reader:
        """A reader from the input's start.

        Raises
        ------
        CaptureError
            When it is a pipe that was read before.
        OSError
            When the file cannot be opened any more.
        """
        if self.size is not None:
            stream, self.begun = self.begun, None
            return Reader(self.entry, chunk_bytes, progress, stream)
        if self._pipe is None:
            raise CaptureError(self.entry.path, 0, "a pipe can be read only once", "Write it to a file first")
        pipe, self._pipe = self._pipe, None
        return pipe

    def close(self) -> None:
        """Close a pipe that was not read."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def order(self) -> tuple[bool, bool, int, str]:
        """Sort key: time of the first packet, then name; inputs without packets, then without capture, come last."""
        return not self.readable, self.first_key is None, self.first_key or 0, self.entry.path

    def _look(self, chunk_bytes: int, progress: Callable[[int], None] | None) -> tuple[Fault | None, int]:
        """Read up to the first packet; returns why nothing can be read, and where."""
        if self.size is None:
            reader = self._pipe = Reader(self.entry, chunk_bytes, progress)
        else:
            reader = Reader(self.entry, PROBE_BYTES)
        try:
            if chunk := reader.peek():
                self.first_key = int(chunk.records["ts_ns"][0])
                return None, 0
            cut_behind_header = reader.fault is not None and reader.fault.status == TRUNCATED and self.entry.interfaces > 0
            return None if cut_behind_header else reader.fault, reader.fault_at
        finally:
            if self._pipe is None:
                reader.close()

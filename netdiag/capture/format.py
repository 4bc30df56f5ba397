"""Describes a capture format: how its first bytes tell it, and how its records are walked.

A format is a file in `formats/` with a `FORMAT`. Its walker gets bytes as they arrive and fills RECORD rows; it
keeps what it must remember between calls and never holds on to the buffer. `ref` is only the frame number and
`interface` only the number within the input: `merge.py` makes both count over all inputs.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from netdiag.capture import formats
from netdiag.capture.fault import Fault


class Step(NamedTuple):
    """How far a walk came."""

    rows: int
    """RECORD rows filled."""
    at: int
    """Where the next record starts in the buffer; with a fault, where the faulty one starts, which may be before the buffer."""
    need: int = 0
    """Bytes that must follow (after those skipped) before the walk can go on; 0 when it stopped because the rows are full."""
    skip: int = 0
    """Bytes from `at` that nobody needs to see; more than the buffer holds."""
    fault: Fault | None = None
    """The record cannot be read, nor anything after it."""


class Walker(Protocol):
    """Finds the records of one input."""

    name: str
    """What `Input.format` says."""
    links: set[int]
    """LINKTYPE numbers met."""
    interfaces: int
    drops: int

    def walk(self, buffer: NDArray[Any], at: int, end: int, rows: NDArray[Any]) -> Step:
        """Fill RECORD `rows` from the bytes `buffer[at:end]`."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A capture format."""

    head: int
    """First bytes that are needed to tell it."""
    matches: Callable[[bytes], bool]
    """Whether an input starts like this; gets fewer than `head` bytes only when there are no more."""
    walker: Callable[[], Walker]


@cache
def known() -> tuple[Format, ...]:
    """Every format of the folder; those told by the fewest bytes first, so that a magic number beats a guess."""
    modules = [importlib.import_module(f"{formats.__name__}.{m.name}") for m in pkgutil.iter_modules(formats.__path__)]
    return tuple(sorted((m.FORMAT for m in modules), key=lambda f: f.head))

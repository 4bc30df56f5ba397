"""Compiles the walks over bytes and packets: two decorators and the byte readers they share.

A kernel is a plain function over NumPy arrays that numba compiles once for this machine. What it compiled to is kept on disk
(`netdiag.native`) and later runs load it without numba, whose import and registries cost more than a small capture takes. Kernels hold no
Python objects, release the GIL and allocate nothing: their arrays are the caller's.
Readers widen to int64 first: in NumPy 2 ``uint8 << 8`` is 0.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from netdiag import native

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function`, an entry point of the data path: called from Python, no GIL, kept on disk.

    Its arguments are contiguous arrays and integers; it returns None, an integer or a tuple of integers.
    """
    return cast("F", native.call(function))


def step(function: F) -> F:
    """Mark `function` as a part of kernels: compiled into them, a plain function for Python."""
    return cast("F", Step(function))


class Step:
    """What `step` makes: numba asks a global that compiled code names for its type."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any) -> Any:
        """Run uncompiled."""
        return self.py_func(*args)

    @functools.cached_property
    def _compiled(self) -> Any:
        from netdiag.lowering import lowered

        return lowered(self.py_func)

    @property
    def _numba_type_(self) -> Any:
        return self._compiled._numba_type_


@step
def be16(b: Any, o: int) -> Any:
    """Big-endian unsigned 16-bit value at b[o], as int64."""
    return np.int64(b[o]) << 8 | np.int64(b[o + 1])


@step
def be32(b: Any, o: int) -> Any:
    """Big-endian unsigned 32-bit value at b[o], as int64."""
    return np.int64(b[o]) << 24 | np.int64(b[o + 1]) << 16 | np.int64(b[o + 2]) << 8 | np.int64(b[o + 3])


@step
def be64(b: Any, o: int) -> Any:
    """Big-endian unsigned 64-bit value at b[o], as uint64."""
    return np.uint64(be32(b, o)) << np.uint64(32) | np.uint64(be32(b, o + 4))

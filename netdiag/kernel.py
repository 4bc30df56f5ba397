"""Compiles the walks over bytes and packets: one decorator and the byte readers they share.

A kernel is a plain function over NumPy arrays that numba compiles once and caches on disk. Kernels hold no
Python objects and release the GIL. They allocate nothing: their arrays are the caller's, so numba's reference counts, an atomic
increment and decrement for each array at each call, are switched off (a quarter of the time of the path).
Readers widen to int64 first: in NumPy 2 ``uint8 << 8`` is 0.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba as nb
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function`, an entry point of the data path: called from Python, no GIL, cached on disk."""
    compiled: F = nb.njit(cache=True, nogil=True, _nrt=False)(function)
    return compiled


def step(function: F) -> F:
    """Compile `function`, a part of kernels: called from compiled code only (tests take its `py_func`).

    It has no wrapper for Python and no cache of its own (it is part of its caller's), which halves the time to compile.
    """
    compiled: F = nb.njit(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled


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

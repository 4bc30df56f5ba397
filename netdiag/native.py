"""Keeps what kernels compiled to on disk, and loads it without numba.

Importing numba and filling its registries takes longer than a small capture. So numba is asked once, per machine and version of the
sources; the object code it made is kept and later runs hand it to LLVM's loader (llvmlite) alone. numba's own cache would import
numba first, and does not notice that a function from another file, compiled into a kernel, has changed.

Calls follow numba's convention for compiled functions (numba/core/callconv.py, CPUCallConv): ``i32 f(ret*, excinfo**, args...)``, where an
array is its meminfo and parent (null: nothing is allocated), number of items, bytes per item, data, shape and strides.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import itertools
import logging
import os
import platform
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PACKAGE = Path(__file__).parent
ROOMS = ("native.py", "lowering.py", "kernel.py", "memory.py", "capture", "packets", "connections")
"""Where kernels and their steps are, down the path: a change in a kernel's room or before it makes the kernel anew."""
DIGEST_BYTES = 32
OK, NONE = 0, -2
"""What compiled code returns when it ended well."""
DOOR = "netdiag_door"
"""The function in an object file that Python calls."""


class Code(NamedTuple):
    """What a kernel compiled to."""

    returns: int
    """How many 64-bit integers it returns; 0 for None."""
    data: bytes
    """An object file."""


def call(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as compiled code: found on disk, or compiled when first called with arguments of such types."""
    loaded: dict[tuple[Any, ...], Callable[..., Any]] = {}

    @functools.wraps(function)
    def run(*args: Any) -> Any:
        key = tuple([(a.dtype, a.ndim) if isinstance(a, np.ndarray) else int for a in args])
        entry = loaded.get(key)
        if entry is None:
            entry = loaded[key] = _entry(function, args)
        return entry(*args)

    return run


def _entry(function: Callable[..., Any], args: Sequence[Any]) -> Callable[..., Any]:
    """The compiled function behind a door for Python."""
    file = _file(function, args)
    code = _load(file)
    if code is None and (other := _BESIDE.pop(_name(function), None)):
        _announce()
        process, meanwhile = other
        meanwhile()
        process.wait()
        code = _load(file)
    if code is None:
        code = _compile(function, args, file)
    return _door(function.__qualname__, code, args)


def _file(function: Callable[..., Any], args: Sequence[Any]) -> Path:
    """Where the object code of `function` for arguments of such types is kept: ``room.module.function-types.version.o``."""
    kinds = ";".join(f"{a.dtype.str}/{a.ndim}" if isinstance(a, np.ndarray) else "i" for a in args)
    return _folder() / f"{_name(function)}-{hashlib.sha256(kinds.encode()).hexdigest()[:8]}.{_version(_room(function))}.o"


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.removeprefix('netdiag.')}.{function.__name__}"


def _room(function: Callable[..., Any]) -> str:
    return function.__module__.removeprefix("netdiag.").partition(".")[0]


_BESIDE: dict[str, tuple[subprocess.Popen[bytes], Callable[[], None]]] = {}
"""Kernels that another process compiles, and what there is to do here until it has: whoever needs one waits for it."""


def compile_beside(kernel: Callable[..., Any], program: str, meanwhile: Callable[[], None]) -> None:
    """Have `program`, Python that calls `kernel`, compile it in another process while this one compiles others, unless it is kept.

    numba compiles one function at a time in a process. Who needs the kernel before it is there does `meanwhile` first, which may compile
    what is needed later. What goes wrong in the other process is compiled here after all.
    """
    kept = any(_folder().glob(f"{_name(kernel)}-*.{_version(_room(kernel))}.o"))
    if kept or _name(kernel) in _BESIDE or not sys.executable or hasattr(sys, "frozen"):
        return
    paths = os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    command, quiet = [sys.executable, "-P", "-c", program], subprocess.DEVNULL
    with contextlib.suppress(OSError):
        process = subprocess.Popen(command, env=paths, stdin=quiet, stdout=quiet, stderr=quiet)  # noqa: S603  our own words
        _BESIDE[_name(kernel)] = process, meanwhile


class Block(threading.local):
    """What one thread passes to a kernel: its arguments as compiled code takes them, side by side, and what it passed last."""

    def __init__(self, size: int, arguments: int) -> None:
        self.words = (ctypes.c_int64 * size)()
        self.place = ctypes.addressof(self.words)
        self.known: list[Callable[[], Any]] = [_nothing] * arguments  # most arrays are the same at each call


def _door(name: str, code: Code, args: Sequence[Any]) -> Callable[..., Any]:
    """A Python function that calls `code` with arguments of the types of `args`."""
    entry = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(_address(code))
    returned = max(code.returns, 1)
    sizes = [len(_parts(name, a)) if isinstance(a, np.ndarray) else 1 for a in args]
    starts = list(itertools.accumulate(sizes, initial=returned + 1))
    spans = [slice(start, start + size) for start, size in zip(starts, sizes, strict=False)]
    block = Block(starts[-1], len(args))

    def door(*args: Any) -> Any:
        words, known = block.words, block.known
        for at, a in enumerate(args):
            if isinstance(a, np.ndarray):
                if known[at]() is not a:
                    words[spans[at]] = _parts(name, a)
                    known[at] = weakref.ref(a)
            else:
                words[starts[at]] = int(a)
        status = entry(block.place)
        if status not in (OK, NONE):
            raise RuntimeError(f"{name} failed with status {status}")
        return None if code.returns == 0 else words[0] if code.returns == 1 else tuple(words[:returned])

    return door


def _nothing() -> None:
    """What a reference to no array gives."""


def _parts(name: str, a: NDArray[Any]) -> list[Any]:
    """Meminfo, parent, items, bytes per item, data, shape and strides."""
    if not a.flags.c_contiguous:
        raise ValueError(f"{name}: an array is not contiguous")
    return [0, 0, a.size, a.itemsize, a.ctypes.data, *a.shape, *a.strides]


@functools.cache
def _announce() -> None:
    """Say once, where nobody listens to the log on standard error, why nothing seems to happen."""
    logging.getLogger("netdiag").warning("netdiag: compiling for this machine (once, about 20 seconds)")


@functools.cache
def _announce_loss(folder: Path, reason: str) -> None:
    """Say once that every run will take so long, and what to do about it."""
    remedy = "every run will compile anew. Set NUMBA_CACHE_DIR to a folder that can be written"
    logging.getLogger("netdiag").warning("netdiag: %s: %s, so compiled code cannot be kept: %s", folder, reason.lower(), remedy)


_COMPILING = threading.Lock()
"""numba parses sources, at which Python 3.11 fails when it collects garbage meanwhile and another thread parses something, too."""


def _compile(function: Callable[..., Any], args: Sequence[Any], file: Path) -> Code:
    """What `function` comes to, kept in `file`: another thread may have put it there meanwhile."""
    _announce()
    with _COMPILING:
        code = _load(file)
        if code is None:
            from netdiag.lowering import object_file

            code = Code(*object_file(function, args, DOOR, _machine()))
            _save(file, code)
        return code


@functools.cache
def _machine() -> Any:
    from llvmlite import binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True, reloc="default", codemodel="jitdefault"
    )


_ENGINES: list[Any] = []
"""One for each kernel, since names inside of two object files may be the same; code lives as long as its engine."""


def _address(code: Code) -> int:
    from llvmlite import binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.data))
    engine.finalize_object()
    _ENGINES.append(engine)
    return int(engine.get_function_address(DOOR))


@functools.cache
def _version(room: str) -> str:
    """What kernels of `room` depend on: sources, compilers, processor."""
    digest = hashlib.sha256(repr(_tools()).encode())
    for before in ROOMS[: ROOMS.index(room) + 1] if room in ROOMS else ROOMS:
        place = PACKAGE / before
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def _tools() -> tuple[object, ...]:
    from llvmlite import binding as llvm

    machine = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), platform.machine(), sys.platform)
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_") and item[0] != "NUMBA_CACHE_DIR")
    return (*machine, sys.version, np.__version__, llvm.llvm_version_info, _numba_version(), settings)


def _numba_version() -> bytes:
    """The file that says it; asking the package would import it, asking its metadata takes a tenth of that."""
    spec = find_spec("numba")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("_version.py").read_bytes()


@functools.cache
def _folder() -> Path:
    """Where object files lie: as numba's would, beside the sources, or with the user's caches when that cannot be written."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen)
    beside = PACKAGE / "__pycache__"
    if os.access(beside if beside.exists() else PACKAGE, os.W_OK):
        return beside
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "netdiag"


def _load(file: Path) -> Code | None:
    """What was kept, None when there is none or it is not whole."""
    try:
        whole = file.read_bytes()
    except OSError:
        return None
    digest, rest = whole[:DIGEST_BYTES], whole[DIGEST_BYTES:]
    if hashlib.sha256(rest).digest() != digest:
        return None
    returns, data = rest.split(b"\0", 1)
    return Code(int(returns), data)


def _save(file: Path, code: Code) -> None:
    """Whole or not at all, since other processes may write the same; what an older version left goes.

    Where nothing can be written, the next run compiles again.
    """
    rest = str(code.returns).encode() + b"\0" + code.data
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as new:
            new.write(hashlib.sha256(rest).digest() + rest)
        Path(new.name).replace(file)
        for old in file.parent.glob(f"{file.name.split('.o')[0].rpartition('.')[0]}.*.o"):
            if old != file:
                old.unlink(missing_ok=True)
    except OSError as error:
        _announce_loss(file.parent, error.strerror or str(error))

"""Has numba lower a kernel and its steps to LLVM's language, and LLVM make one object file of them all.

numba by itself links, optimizes and assembles every function, and again inside of each that calls it, so that it could be called at once:
half of the time of a first run. Here a step is only lowered. All are linked once, and optimized as a whole: that nobody else calls them is
what lets LLVM build them in (a third less time in tracking).

How numba lets others do so: "Customizing the compiler" in its manual, and `CodeLibrary` in numba/core/codegen.py.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numba as nb
import numpy as np
from llvmlite import binding as llvm
from numba.core import types
from numba.core.codegen import CodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


class Lowered(CodeLibrary):  # type: ignore[misc]
    """What a function was lowered to, and the functions that it calls."""

    def __init__(self, codegen: Any, name: str) -> None:
        super().__init__(codegen, name)
        self.words = ""
        self.calls: list[CodeLibrary] = []

    @property
    def codegen(self) -> Any:
        """Whom numba tells where a function's environment is: nothing runs here."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Nothing looks for it."""

    def enable_object_caching(self) -> None:
        """There will be no object."""

    def add_ir_module(self, module: Any) -> None:
        """What lowering made."""
        self.words = str(module)

    def add_linking_library(self, library: CodeLibrary) -> None:
        """A function that is called."""
        self.calls.append(library)

    def finalize(self) -> None:
        """Nothing more is done."""

    def get_pointer_to_function(self, _name: str) -> int:
        """It is nowhere in memory."""
        return 0

    def get_function(self, name: str) -> Any:
        """It as LLVM parses it."""
        return llvm.parse_assembly(self.words).get_function(name)

    def get_llvm_str(self) -> str:
        """It in LLVM's words."""
        return self.words

    def get_asm_str(self) -> str:
        """There is no machine code."""
        return ""


@register_pass(mutates_CFG=True, analysis_only=False)
class Lowering(NativeLowering):  # type: ignore[misc]
    """numba's lowering, and nothing behind it."""

    _name = "netdiag_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower what numba typed."""
        state.library = Lowered(state.targetctx.codegen(), state.func_id.func_qualname)
        return bool(super().run_pass(state))


class Compiler(CompilerBase):  # type: ignore[misc]
    """numba's passes with `Lowering` as the last that does anything."""

    def define_pipelines(self) -> list[Any]:
        """One list of passes."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        manager.passes = [(Lowering if one is NativeLowering else one, why) for one, why in manager.passes]
        manager.finalize()
        return [manager]


def lowered(function: Callable[..., Any]) -> Any:
    """`function` as numba's dispatcher, for code that calls it.

    Nothing is allocated, so reference counts, an atomic increment and decrement for each array at each call, are switched off (a quarter
    of the time of the path).
    """
    return nb.njit(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True, error_model="numpy", pipeline_class=Compiler)(
        function
    )


def object_file(function: Callable[..., Any], args: Sequence[Any], door: str, machine: Any) -> tuple[int, bytes]:
    """How many integers `function` returns for arguments of such types, and its machine code behind a function named `door`.

    Raises
    ------
    TypeError
        It returns something else than 64-bit integers.
    """
    signature = tuple(nb.types.Array(nb.from_dtype(a.dtype), a.ndim, "C") if isinstance(a, np.ndarray) else nb.types.int64 for a in args)
    dispatcher = lowered(function)
    dispatcher.compile(signature)
    made = dispatcher.overloads[signature]
    returned = made.signature.return_type
    parts = [] if returned is types.none else getattr(returned, "types", [returned])
    if any(part != types.int64 for part in parts):
        raise TypeError(f"{function.__qualname__} returns {returned}: not 64-bit integers")
    module = linked(made.library)
    module.link_in(llvm.parse_assembly(_with_door(module, made.fndesc.llvm_func_name, len(parts), door)))
    optimize(module, door, machine)
    return len(parts), machine.emit_object(module)


def linked(library: CodeLibrary) -> Any:
    """One module of a function and all that it calls."""
    module = llvm.parse_assembly("")
    for each in _with_calls(library, set()):
        part = llvm.parse_assembly(each.get_llvm_str())
        for function in part.functions:
            if not function.is_declaration:
                function.linkage = "weak_odr"  # numba's own functions hold what they call, as others may
        module.link_in(part)
    return module


def _with_calls(library: CodeLibrary, seen: set[CodeLibrary]) -> Iterator[CodeLibrary]:
    if library not in seen:
        seen.add(library)
        for called in getattr(library, "calls", ()):
            yield from _with_calls(called, seen)
        yield library


def _with_door(module: Any, symbol: str, returns: int, door: str) -> str:
    """LLVM's words for a function that takes the address of a block (results, exception, arguments) and calls `symbol` with what it holds.

    ctypes would convert a hundred arguments at each call.
    """
    kinds = [str(argument.type) for argument in module.get_function(symbol).arguments]
    lines = [f"define i32 @{door}(ptr %block) {{", f"%word1 = getelementptr i64, ptr %block, i64 {max(returns, 1)}"]
    for at, kind in enumerate(kinds[2:], 2):
        lines += [f"%word{at} = getelementptr i64, ptr %block, i64 {max(returns, 1) + at - 1}", f"%value{at} = load {kind}, ptr %word{at}"]
    passed = [f"{kind} %value{at}" for at, kind in enumerate(kinds[2:], 2)]
    lines += [f'%status = call i32 @"{symbol}"({", ".join(["ptr %block", "ptr %word1", *passed])})', "ret i32 %status", "}"]
    return "\n".join([*lines, f'declare i32 @"{symbol}"({", ".join(kinds)})'])


def optimize(module: Any, door: str, machine: Any) -> None:
    """Optimize a kernel with its steps: only `door` is called from elsewhere."""
    for function in module.functions:
        if not function.is_declaration and function.name != door:
            function.linkage = "internal"
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(module, builder)

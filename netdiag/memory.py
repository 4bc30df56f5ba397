"""What Python has no words for: memory asked for ahead of its use, eight bytes wherever they lie in an array, the size of a number.

For kernels these are single instructions of the processor, written as LLVM has them; where nothing is compiled, plain Python does the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from netdiag.kernel import Step

READ, LIKELY_AGAIN, DATA = 0, 3, 1
"""LLVM language reference, llvm.prefetch: rw, locality, cache type."""
LINE = 64
"""Bytes the processor fetches at once: a line of its cache."""


class Instruction(Step):
    """A step whose code `make` writes: given numba, LLVM's IR and what finds byte `at` of an array, it returns a caller of an intrinsic."""

    def __init__(self, function: Callable[..., Any], make: Callable[..., Any]) -> None:
        super().__init__(function)
        self._make = make

    @functools.cached_property
    def _compiled(self) -> Any:
        import numba as nb
        from llvmlite import ir

        from netdiag.lowering import lowered

        byte = ir.IntType(8).as_pointer()

        def place(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
            return builder.gep(builder.bitcast(context.make_array(kind)(context, builder, array).data, byte), [at])

        return lowered(self._make(nb, ir, place))


def _prefetch(nb: Any, ir: Any, place: Callable[..., Any]) -> Callable[..., Any]:
    from numba.core.cgutils import get_or_insert_function
    from numba.extending import intrinsic

    number = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), number, number, number])

    @intrinsic  # type: ignore[untyped-decorator]
    def instruction(_typing: Any, array: Any, _at: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            function = get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
            where = place(context, builder, signature.args[0], *args)
            builder.call(function, [where, number(READ), number(LIKELY_AGAIN), number(DATA)])
            return context.get_dummy_value()

        return nb.types.none(array, nb.types.int64), code

    return lambda array, at: instruction(array, at)


def _word(nb: Any, ir: Any, place: Callable[..., Any]) -> Callable[..., Any]:
    from numba.extending import intrinsic

    @intrinsic  # type: ignore[untyped-decorator]
    def instruction(_typing: Any, array: Any, _at: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            where = builder.bitcast(place(context, builder, signature.args[0], *args), ir.IntType(64).as_pointer())
            return builder.load(where, align=1)

        return nb.types.uint64(array, nb.types.int64), code

    return lambda array, at: instruction(array, at)


def _put_word(nb: Any, ir: Any, place: Callable[..., Any]) -> Callable[..., Any]:
    from numba.extending import intrinsic

    @intrinsic  # type: ignore[untyped-decorator]
    def instruction(_typing: Any, array: Any, _at: Any, _value: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            where = builder.bitcast(place(context, builder, signature.args[0], *args[:2]), ir.IntType(64).as_pointer())
            builder.store(args[2], where, align=1)
            return context.get_dummy_value()

        return nb.types.none(array, nb.types.int64, nb.types.uint64), code

    return lambda array, at, value: instruction(array, at, value)


def _leading_zeros(nb: Any, _ir: Any, _place: Callable[..., Any]) -> Callable[..., Any]:
    from numba.extending import intrinsic

    @intrinsic  # type: ignore[untyped-decorator]
    def instruction(_typing: Any, _value: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001  numba's signature
            return builder.ctlz(args[0], context.get_constant(nb.types.boolean, 0))

        return nb.types.uint64(nb.types.uint64), code

    return lambda value: instruction(value)


def _instruction(make: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(Instruction, make=make)


@_instruction(_prefetch)
def prefetch(array: Any, at: Any) -> None:
    """Ask for the line of the cache that holds byte `at` of an array, without waiting for it; beyond the array nothing happens."""


@_instruction(_word)
def word(array: Any, at: Any) -> Any:
    """The eight bytes from byte `at` of a contiguous array on, as uint64 in the machine's order."""
    return array.reshape(-1).view(np.uint8)[at : at + 8].view(np.uint64)[0]


@_instruction(_put_word)
def put_word(array: Any, at: Any, value: Any) -> None:
    """Write a uint64 to the eight bytes from byte `at` of a contiguous array on."""
    array.reshape(-1).view(np.uint8)[at : at + 8].view(np.uint64)[0] = value


@_instruction(_leading_zeros)
def leading_zeros(value: Any) -> Any:
    """How many of the 64 bits of a uint64 come before the first that is set."""
    return np.uint64(64 - int(value).bit_length())

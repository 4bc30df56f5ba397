"""A kernel and its steps: lowered one by one, linked once, optimized as one."""

import numpy as np
import pytest
from llvmlite import binding as llvm

from netdiag import lowering, native
from netdiag.kernel import kernel, step


@step
def smaller(a, b):
    return min(a, b)


@step
def clipped(a):
    return max(smaller(a, 10), -10)


def several(out, a):
    out[0] = clipped(a)
    out[1] = min(smaller(a, 3), clipped(a + 8))
    return out[0] + out[1]


@pytest.fixture
def nothing_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(native, "_folder", lambda: tmp_path)


@pytest.mark.parametrize("value", [-40, -3, 2, 7, 40])
def test_steps_that_share_steps_and_builtins(nothing_kept, value):
    compiled, plain = np.zeros(2, np.int64), np.zeros(2, np.int64)
    assert kernel(several)(compiled, value) == several(plain, value)
    assert compiled.tolist() == plain.tolist()


def made(function, *kinds):
    dispatcher = lowering.lowered(function)
    dispatcher.compile(kinds)
    return dispatcher.overloads[kinds].library


def test_a_function_is_linked_once_wherever_it_is_called_from():
    from numba.core.types import int64

    library = made(clipped.py_func, int64)
    defined = [function.name for function in lowering.linked(library).functions if not function.is_declaration]
    assert sum("clipped" in name for name in defined) == 1
    assert sum("smaller" in name for name in defined) == 1


def test_what_two_functions_hold_is_linked_once():
    class Library:
        def __init__(self, name, *calls):
            self.name, self.calls = name, calls

        def get_llvm_str(self):
            return f"""define i32 @{self.name}() {{ ret i32 1 }}
                define i32 @shared() {{ ret i32 2 }}"""

    below = Library("below")
    module = lowering.linked(Library("top", Library("one", below), Library("other", below)))
    assert sorted(function.name for function in module.functions) == ["below", "one", "other", "shared", "top"]


def test_numba_makes_no_machine_code_of_a_step():
    from numba.core.types import int64

    library = made(smaller.py_func, int64, int64)
    (name,) = [function.name for function in llvm.parse_assembly(library.get_llvm_str()).functions if "smaller" in function.name]
    assert library.get_function(name).name == name
    assert library.get_pointer_to_function(name) == 0
    assert library.get_asm_str() == ""


def test_a_kernel_is_optimized_with_its_steps():
    machine = native._machine()
    words = f"""
        define i32 @step(i32 %a) {{ %b = mul i32 %a, 3
            ret i32 %b }}
        define i32 @{native.DOOR}(i32 %a) {{ %b = call i32 @step(i32 %a)
            ret i32 %b }}"""
    module = llvm.parse_assembly(words)
    lowering.optimize(module, native.DOOR, machine)
    assert [function.name for function in module.functions] == [native.DOOR]

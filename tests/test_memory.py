"""Instructions do in kernels what their Python does."""

import numpy as np
import pytest

from netdiag.kernel import kernel
from netdiag.memory import leading_zeros, prefetch, put_word, word

KIND = np.dtype([("a", "u4"), ("b", "u8"), ("c", "u1")])


@kernel
def _move(source, at, target, to):
    prefetch(source, at)
    put_word(target, to, word(source, at))


@pytest.mark.parametrize("move", [_move, _move.__wrapped__], ids=["compiled", "python"])
@pytest.mark.parametrize(("at", "to"), [(0, 0), (3, 13), (31, 31)])
def test_eight_bytes_of_any_array_at_any_place(move, at, to):
    source = np.frombuffer(bytes(range(39)), KIND).copy()
    target = np.zeros(39, np.uint8)
    move(source, at, target, to)
    assert target.tolist() == [*[0] * to, *range(at, at + 8), *[0] * (31 - to)]


def test_asking_for_memory_beyond_an_array_does_no_harm():
    @kernel
    def ask(array, at):
        prefetch(array, at)

    ask(np.zeros(8, np.uint8), 1 << 40)


@kernel
def _zeros(values, k):
    return np.int64(leading_zeros(values[k]))


@pytest.mark.parametrize("value", [0, 1, 255, 256, 2**63 - 1, 2**63, 2**64 - 1])
def test_the_size_of_a_number(value):
    values = np.array([value], np.uint64)
    assert _zeros(values, 0) == _zeros.__wrapped__(values, 0) == 64 - value.bit_length()

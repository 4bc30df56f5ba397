"""Byte readers widen before they shift."""

import numpy as np
import pytest

from netdiag.kernel import be16, be32, be64, kernel

BYTES = np.frombuffer(bytes.fromhex("fffefdfcfbfaf9f8"), np.uint8)


@pytest.mark.parametrize(("read", "value"), [(be16, 0xFFFE), (be32, 0xFFFEFDFC)])
def test_readers_in_python(read, value):
    assert read.py_func(BYTES, 0) == value


@kernel
def _all(b, out):
    out[0], out[1], out[2] = be16(b, 0), be32(b, 0), be64(b, 0)


def test_readers_compiled():
    out = np.zeros(3, np.uint64)
    _all(BYTES, out)
    assert out.tolist() == [0xFFFE, 0xFFFEFDFC, 0xFFFEFDFCFBFAF9F8]

"""Numbers distinct pairs of 64-bit words, in order of their value."""

import numpy as np
from numpy.typing import NDArray


def distinct(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The distinct pairs, and which of them each pair is.

    Returns
    -------
    pairs : uint64 array, shape (n, 2), sorted
    codes : int64 array, as long as the input
    """
    order = np.lexsort((second, first))
    a, b = first[order], second[order]
    new = np.ones(len(order), bool)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    codes = np.empty(len(order), np.int64)
    codes[order] = np.cumsum(new) - 1
    return np.stack([a[new], b[new]], axis=1), codes

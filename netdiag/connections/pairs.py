"""Numbers distinct pairs of 64-bit words, in order of their value."""

import numpy as np
from numpy.typing import NDArray


def distinct(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """The distinct pairs, and which of them each pair is.

    Returns
    -------
    pairs : uint64 array, shape (n, 2), sorted
    codes : int32 array, as long as the input
    """
    order = np.lexsort((second, first))
    new = np.zeros(len(order), bool)
    new[:1] = True
    for half in (first, second):  # one after the other: there may be very many
        ordered = half[order]
        new[1:] |= ordered[1:] != ordered[:-1]
        del ordered
    at = order[new]
    codes = np.empty(len(order), np.int32)
    codes[order] = np.cumsum(new, dtype=np.int32) - np.int32(1)
    return np.stack([first[at], second[at]], axis=1), codes

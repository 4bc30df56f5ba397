"""Writes Zeek's `history` letters, five bits each, and reads them back as text.

Letters (Zeek, base/protocols/conn): s SYN, h SYN-ACK, a pure ACK, d data, f FIN, r RST, t retransmission, w zero window;
upper case from the originator, lower case from the responder, each written at its first time; ^ the originator was guessed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.coded import coded
from netdiag.connections.columns import Coded
from netdiag.connections.pairs import distinct
from netdiag.kernel import step

LETTERS = "SHADFRTW^"
S, H, A, D, F, R, T, W, FLIPPED = range(1, len(LETTERS) + 1)
_RESPONDER = 16
_PER_WORD = 12


@step
def write(row: Any, here: Any, letter: int, side: int) -> None:
    """Append a letter unless this side wrote it before."""
    code = letter + side * _RESPONDER
    bit = np.uint32(1) << np.uint32(code)
    if here.history_seen & bit:
        return
    n = 0
    seen = here.history_seen
    while seen:
        n += 1
        seen &= seen - np.uint32(1)
    here.history_seen |= bit
    if n < _PER_WORD:
        row.history_lo |= np.uint64(code) << np.uint64(5 * n)
    elif n < 2 * _PER_WORD:
        row.history_hi |= np.uint64(code) << np.uint64(5 * (n - _PER_WORD))


def numbered(lo: NDArray[np.uint64], hi: NDArray[np.uint64], codes: NDArray[np.int32]) -> Coded:
    """History strings of rows, from their two words; its codes lie in `codes`."""
    return coded(codes, [_word(a) + _word(b) for a, b in distinct(lo, hi, codes).tolist()])


def _word(bits: int) -> str:
    letters = []
    while bits:
        code = bits & 31
        letter = LETTERS[(code & 15) - 1]
        letters.append(letter.lower() if code & _RESPONDER else letter)
        bits >>= 5
    return "".join(letters)

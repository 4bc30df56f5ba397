"""Makes columns of texts whose codes take no more memory than they did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import blocks
from netdiag.connections.columns import Coded

NARROW = (np.int8, np.int16, np.int32)
"""Kinds of codes that pandas has, as it chooses among them: so a DataFrame takes them as they are."""


def coded(codes: NDArray[np.int32], texts: Sequence[str] | NDArray[np.object_]) -> Coded:
    """A column whose codes lie where `codes` did, narrowed as pandas would have narrowed a copy: `codes` must not be used any more."""
    kind: Any = next(kind for kind in NARROW if len(texts) < np.iinfo(kind).max)
    narrow = codes.view(kind)[: len(codes)]
    if kind is not np.int32:
        for part in blocks(len(codes)):
            narrow[part] = codes[part]  # what is written lies before what is not yet read
    return Coded(narrow, np.array(texts, object))

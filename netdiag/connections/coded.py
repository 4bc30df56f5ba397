"""Makes categoricals of codes and texts that take no more memory than the codes did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import blocks

if TYPE_CHECKING:
    import pandas as pd

NARROW = (np.int8, np.int16, np.int32)
"""Kinds of codes that pandas has, as it chooses among them."""


def categorical(codes: NDArray[np.int32], texts: Sequence[str] | NDArray[np.object_]) -> pd.Categorical:
    """A categorical whose codes lie where `codes` did, narrowed as pandas would have narrowed a copy: `codes` must not be used any more."""
    import pandas as pd

    kind: Any = next(kind for kind in NARROW if len(texts) < np.iinfo(kind).max)
    narrow = codes.view(kind)[: len(codes)]
    if kind is not np.int32:
        for part in blocks(len(codes)):
            narrow[part] = codes[part]  # what is written lies before what is not yet read
    return pd.Categorical.from_codes(narrow, categories=pd.Index(texts, dtype=object))

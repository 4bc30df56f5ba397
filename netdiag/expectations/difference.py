"""States one difference between what was expected and what came: a place in the document and two short texts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

WIDEST = 160
"""Characters of a value in a difference: enough to tell what it is, too few for a wall of JSON."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, where."""

    path: str
    """Place in the result document, such as `findings[ND201-1a2b3c4d].metrics.stalled`."""
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.got}"


def shown(value: Any) -> str:
    """A value in few words: as JSON, cut when it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}... ({len(text):,} characters)"

"""Says what a cause must tell: the contract of every file in `causes`.

A cause module has SLUG, TITLE and `weigh(case) -> Weighing`; being in the folder is its registration. Causes do not
know each other: each says how many of the bad attempts it would explain, and how sure that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How well one cause explains a case."""

    explained: float
    """Bad attempts that carry this cause's marks."""
    possible: int
    """Bad attempts that it could explain as far as their kind goes: its marks cannot be seen from every capture point."""
    reason: str
    """One or two sentences with the counts."""
    p_value: float | None = None
    """Of the exact test that the reason names: how easily chance would look the same. None without a test."""
    sure: float = 1.0
    """How well the marks tell this cause from the others, 0 to 1."""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Explained attempts, discounted by what chance and other causes would give."""
        return self.explained * self.sure * (1.0 if self.p_value is None else 1.0 - self.p_value)

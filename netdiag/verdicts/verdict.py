"""States which cause explains a source's trouble best, and what else it could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One rival explanation, weighed."""

    slug: str
    """e.g. `tcp-state-collision` (H1), `per-source-penalty` (H2): domain.md A.7."""
    title: str
    weight: float
    """0..1 over all causes of the verdict: how much of the evidence speaks for it."""
    p_value: float | None
    """Of the test named in `reason`, None where no test applies."""
    reason: str
    """One or two sentences with the counts."""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer for one source."""

    source: str
    summary: str
    """What an engineer pastes into a ticket: failing or not, how, since when, why, and the runner-up."""
    causes: tuple[Cause, ...]
    """Ranked, likeliest first; at least two when the source is in trouble, none when it is healthy."""
    confidence: float

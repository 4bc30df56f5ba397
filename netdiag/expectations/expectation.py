"""Says what one known capture must yield: the contract between the file that a person writes and those that judge by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netdiag.expectations.demand import Demand, said

FILE, GOLDEN = "expect.toml", "report.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Findings that must be there, or (in `absent`) must not."""

    line: int
    detector: str = ""
    """Slug, code, or either with wildcards; empty for any, as everywhere here."""
    source: str = ""
    destination: str = ""
    demands: Mapping[str, Demand] = field(default_factory=dict)
    """Dotted path in a finding (`severity`, `metrics.phases.no-server-hello`; `connections` is how many) to what it must be."""
    count: Demand | None = None
    """How many findings must meet all this; None for at least one."""

    @property
    def title(self) -> str:
        """The finding in a few words."""
        to = f" to {self.destination}" if self.destination else ""
        wanted = ", ".join(f"{name} {said(value)}" for name, value in self.demands.items() if not name.startswith("metrics."))
        return f"{self.detector or 'any finding'} of {self.source or 'any source'}{to}{f' ({wanted})' if wanted else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the verdict of a source must be."""

    line: int
    source: str
    demands: Mapping[str, Demand]
    """`cause` ("none": no verdict), `runner_up`, `confidence`."""

    @property
    def title(self) -> str:
        """The verdict in a few words."""
        return f"{self.demands['cause']} for {self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One capture folder."""

    folder: Path
    capture: Path
    purpose: str
    source: str
    """Where the capture comes from: how it was made, or who published it."""
    licence: str
    options: Mapping[str, Any]
    """Of `netdiag.analyze`."""
    findings: tuple[Finding, ...]
    absent: tuple[Finding, ...]
    """The calm half; never empty."""
    verdicts: tuple[Verdict, ...]
    facts: Mapping[str, Demand]
    facts_line: int

    @property
    def path(self) -> Path:
        """The file it was read from."""
        return self.folder / FILE

    @property
    def golden(self) -> Path:
        """The result as it was when somebody last looked."""
        return self.folder / GOLDEN

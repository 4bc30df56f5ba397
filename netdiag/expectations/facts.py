"""Counts what a whole capture holds, for the `[facts]` of an expectation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netdiag.facts import COUNTS
from netdiag.reports.quality import LIMITS

if TYPE_CHECKING:
    from netdiag.analyze import Result

SUMS = ("connections", "established", "failed", "stalled", "reused_ports")
"""Columns of the table of sources that are added up."""
FACTS = (*COUNTS, "sources", *SUMS, *LIMITS, "format", "status")
"""All that `[facts]` may speak of."""


def facts_of(result: Result, document: Mapping[str, Any]) -> dict[str, Any]:
    """Every fact of one run: counts over all inputs, sums over all sources, limits of the capture, format and status of the first input."""
    first = document["inputs"][0]
    return {
        **{name: sum(counts[name] for counts in result.counts) for name in COUNTS},
        "sources": len(document["sources"]),
        **{name: sum(entry[name] for entry in document["sources"]) for name in SUMS},
        **{name: document["quality"][name]["count"] for name in LIMITS},
        "format": first["format"],
        "status": first["status"],
    }

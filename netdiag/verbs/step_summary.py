"""Adds to the summary of a GitHub Actions step, within its limit."""

from __future__ import annotations

import os
from collections.abc import Iterable

VARIABLE = "GITHUB_STEP_SUMMARY"
LIMIT = 1 << 20
"""Bytes of a step's summary; GitHub shows none that is larger."""
CUT = "\n_The rest did not fit into this summary._\n"


def append(lines: Iterable[str]) -> None:
    """Append Markdown to the file that GitHub names, up to its limit; nothing where there is none."""
    if not (name := os.environ.get(VARIABLE)):
        return
    from pathlib import Path

    path = Path(name)
    room = LIMIT - (path.stat().st_size if path.is_file() else 0) - len(CUT)
    with path.open("a", encoding="utf-8") as summary:
        for line in lines:
            room -= len(line.encode()) + 1
            if room < 0:
                summary.write(CUT if room + len(line.encode()) + 1 + len(CUT) > 0 else "")
                return
            summary.write(f"{line}\n")

"""Keeps the golden `report.json`: the whole result document, without what another day, machine or version would change.

The capture is named by its file name alone. The version of netdiag is left out (a release changes no finding); in its
place stand the detectors that judged, so that the removal of one is noticed in every folder. A detector that is new is
no difference until it finds something.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from netdiag.expectations.changes import changes
from netdiag.expectations.difference import Difference
from netdiag.expectations.expectation import GOLDEN

DETECTORS = "detectors"


def canonical(document: Mapping[str, Any], detectors: Iterable[str]) -> dict[str, Any]:
    """What a golden keeps of a result document."""
    inputs = [{**entry, "path": Path(entry["path"]).name} for entry in document["inputs"]]
    return {**document, "tool": {"name": document["tool"]["name"], DETECTORS: sorted(detectors)}, "inputs": inputs}


def compare(path: Path, made: Mapping[str, Any]) -> Iterator[Difference]:
    """What differs between a golden and a canonical document."""
    golden = _read(path)
    if golden is None:
        there = "a file that is no JSON object" if path.exists() else "no such file"
        yield Difference(
            path.name, "the golden report", f"{there}; look at the result, then: netdiag check --accept {path.parent.as_posix()}"
        )
        return
    judged, judge = _detectors(golden), made["tool"][DETECTORS]
    for slug in sorted(set(judged) - set(judge)):
        yield Difference(f"tool.{DETECTORS}", f"{slug} among the detectors", "no such detector")
    yield from changes({**golden, "tool": made["tool"]}, made)


def accept(path: Path, made: Mapping[str, Any]) -> bool:
    """Write the golden; whether it changed."""
    text = json.dumps(made, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def met_detectors(folder: Path) -> list[str]:
    """The detectors that judged when the golden of a folder was made; none without a golden."""
    return _detectors(_read(folder / GOLDEN) or {})


def _detectors(golden: Mapping[str, Any]) -> list[str]:
    tool = golden.get("tool")
    named = tool.get(DETECTORS) if isinstance(tool, dict) else None
    return [one for one in named if isinstance(one, str)] if isinstance(named, list) else []


def _read(path: Path) -> dict[str, Any] | None:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None

"""Makes the three files a detector needs: `make new-detector NAME=my-fault`. Its tests are red until all three are filled."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DETECTOR = '''"""FILL: the fault in one line.

## What it looks for
FILL

## Why it matters
FILL

## How it decides
FILL: definition, formula, each threshold and where its default comes from.

## When it is wrong
FILL: false positives and blind spots.

## What to do
FILL

## References
FILL
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from netdiag.detectors.detector import Detector
from netdiag.findings.finding import Finding

if TYPE_CHECKING:
    from netdiag.connections.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Every number a person may turn; nothing else in this file is tunable."""

    least_count: int = 3
    """FILL: what it means and where the default comes from."""


def detect(tables: Tables, t: Thresholds) -> list[Finding]:
    """One finding per source and service."""
    every = tables.columns
    rows = every.taken(every["syn_count"] >= t.least_count)
    return [] if not len(rows) else []  # FILL: judge rows, vectorised; cite packets with netdiag.findings.citation


DETECTOR = Detector.of(__name__, code="{code}", reads=("connections",))
'''
TEST = """from pathlib import Path

from netdiag import analyze
from netdiag.detectors.{module} import DETECTOR

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


def test_the_page_is_written():
    assert "FILL" not in DETECTOR.page
    assert not [name for name, meaning in DETECTOR.meanings.items() if "FILL" in meaning]


def test_alarm():
    assert "FILL" not in (CAPTURES / "{module}" / "README.md").read_text()
    found = analyze(CAPTURES / "{module}" / "capture.pcap", detectors=["{slug}"]).finding_list
    assert {{finding.code for finding in found}} == {{"{code}"}}


def test_calm():
    assert analyze(CAPTURES / "tls13_ok" / "capture.pcap", detectors=["{slug}"]).finding_list == []
"""
EXPECT = """purpose = "FILL: what happened, in a sentence. Put the packets beside this file as capture.pcap (512 kB or less)."
source = "FILL: who recorded it and where, or the script that made it."
licence = "FILL"

[[finding]] # from what is known of how the capture was made, never from what netdiag says of it
detector = "{slug}"
source = "FILL: who is in trouble"
count = 1

[[absent]] # FILL: what in it must not be found
detector = "flood-control-trip"
"""


def make(name: str, root: Path) -> list[Path]:
    """Write the three files for detector `name` (a slug); an existing file is an error."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", name):
        raise SystemExit("name the fault in lower case with dashes: make new-detector NAME=dns-answer-late")
    module = name.replace("-", "_")
    used = [int(code) for path in (root / "netdiag/detectors").glob("*.py") for code in re.findall(r'code="ND(\d+)"', path.read_text())]
    code = f"ND{max([900, *(number for number in used if number >= 900)]) + 1}"
    texts = {
        root / f"netdiag/detectors/{module}.py": DETECTOR.replace("{code}", code),
        root / f"tests/detectors/test_{module}.py": TEST.format(module=module, slug=name, code=code),
        root / f"captures/{module}/expect.toml": EXPECT.format(slug=name),
    }
    if there := [path for path in texts if path.exists()]:
        raise SystemExit(f"{there[0]} exists already")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


if __name__ == "__main__":
    for made in make(sys.argv[1] if len(sys.argv) > 1 else "", ROOT):
        print(made.relative_to(ROOT))
    print("Choose a code of the right hundred, fill in what says FILL, then: make test, netdiag check --accept")

"""Makes a capture folder: `make new-capture NAME=my_case FROM=my.pcap`. Its expectation is to be filled in by hand."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXPECT = """purpose = "FILL: what the capture shows, in a sentence."
source = "FILL: how it was made, or who published it."
licence = "FILL"

# What is known from how the capture was made, never what netdiag says of it. Delete what does not apply.

[[finding]]
detector = "FILL"
source = "FILL: who is in trouble"

[[verdict]]
source = "FILL"
cause = "FILL, or none"

[[absent]] # the calm half: what must not be found
detector = "*"
severity = ">=low"
source = "FILL: who is well"

[facts]
connections = 1
"""


def make(name: str, capture: Path, captures: Path) -> Path:
    """Write the folder with a copy of the capture; an existing folder is an error."""
    folder = captures / name
    if not name.isidentifier() or not capture.is_file():
        raise SystemExit("name a folder and a capture: make new-capture NAME=my_case FROM=my.pcap")
    if folder.exists():
        raise SystemExit(f"{folder} exists already")
    folder.mkdir(parents=True)
    shutil.copyfile(capture, folder / f"capture{''.join(capture.suffixes[-2:]) or '.pcap'}")
    (folder / "expect.toml").write_text(EXPECT, encoding="utf-8")
    return folder


if __name__ == "__main__":
    made = make(*sys.argv[1:2], Path(sys.argv[2]), ROOT / "captures") if len(sys.argv) == 3 else make("", Path(), ROOT)
    print(f"Fill in {made.relative_to(ROOT)}/expect.toml, then: netdiag check {made.relative_to(ROOT)}")

"""Writes captures/README.md, the index of the capture folders: `make index`. A test holds it up to date."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HEAD = """# Known captures

Each folder is a test: a capture, `expect.toml` (what is known of it from how it was made), and the golden `report.json`.
`netdiag check captures/` runs them all; CONTRIBUTING.md says how one is added. This page is made by `make index`.

| folder | what it shows | must be found | verdict |
|---|---|---|---|"""


def index(captures: Path) -> str:
    """The page for all folders with an `expect.toml`."""
    rows = [_row(path.parent.name, tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted(captures.glob("*/expect.toml"))]
    calm = sum(" nothing |" in row for row in rows)
    return "\n".join([HEAD, *rows, "", f"{len(rows)} folders, {calm} of them healthy or harmless: nothing must be found there."]) + "\n"


def _row(name: str, expected: dict[str, Any]) -> str:
    found = dict.fromkeys(_said(one) for one in expected.get("finding", ()))
    causes = dict.fromkeys(f"`{one['cause'].replace('|', '` or `')}`" for one in expected.get("verdict", ()) if "none" not in one["cause"])
    alarms = ", ".join(found) or (", ".join(causes) and "the verdict alone")
    return f"| [{name}]({name}/expect.toml) | {expected['purpose']} | {alarms or 'nothing'} | {', '.join(causes) or 'none'} |"


def _said(finding: dict[str, Any]) -> str:
    detector = f"`{finding.get('detector', 'any finding')}`"
    remark = " as a remark" if finding.get("severity") == "info" else ""
    return f"{detector}{remark}{''.join(_marks(finding.get('metrics', {})))}"


def _marks(metrics: dict[str, Any]) -> Iterator[str]:
    """What kind of fault it is, where a detector knows several."""
    if "mechanism" in metrics:
        yield f" ({metrics['mechanism']})"
    if "phases" in metrics:
        yield f" ({', '.join(metrics['phases'])})"


if __name__ == "__main__":
    (ROOT / "captures/README.md").write_text(index(ROOT / "captures"), encoding="utf-8")

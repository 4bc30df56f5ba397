"""Turns a run of the lab into a capture folder: `python tests/tools/lab_folder.py RUN...`, RUN being what the lab wrote.

Where a run has several captures, `RUN/one_direction.pcap` makes a folder of that one.

The expectation is the lab's truth in the words of `expect.toml`; nothing in it comes from netdiag. The golden is made afterwards, by
`netdiag check --accept`, when the expectation holds.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
UNCOUNTED = {"start_in_the_middle", "reuse_time_wait", "founding_views_middle", "founding_three_views_server", "snat_exhaustion"}
"""Captures that hold fewer connections than were tried, or more (a NAT gives a repeated SYN another number)."""
ALARM = 'severity = ">=low"'
"""A remark (info) about a source is no alarm."""
TABLE = {"flood-control-trip": "mechanism", "tls-handshake-stall": "phase"}


def make(run: Path, captures: Path) -> Path:
    """Write the folder of one run, or of one capture of it, named after its scenario; returns it."""
    (capture,) = [run] if run.is_file() else run.glob("capture.*")
    truth = json.loads((capture.parent / "truth.json").read_text())
    name = truth["scenario"] if capture.stem == "capture" else f"{truth['scenario']}_{capture.stem}"
    folder = captures / f"lab_{name}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"capture{capture.suffix}.gz").open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(capture.read_bytes())
    (folder / "expect.toml").write_text("\n".join(lines(truth, name)) + "\n", encoding="utf-8")
    return folder


def lines(truth: dict[str, Any], name: str) -> Iterator[str]:
    """The expectation that follows from a truth."""
    changed = "".join(f" --set {setting}" for setting in truth["settings"])
    made = f"captures/lab run {truth['scenario']} --seed {truth['seed']}{changed}"
    yield f"purpose = {json.dumps(truth['about'])}"
    yield f'source = "Recorded by `python {made}`: Linux in network namespaces, the truth from its logs."'
    yield 'licence = "BSD-3-Clause, as the project"'
    for source in truth["sources"]:
        for detector in source["must_fire"]:
            yield from _finding(detector, source, truth["controls"])
    for source in truth["sources"]:
        if source["cause"] or source["role"] != "troubled":
            causes = "|".join([source["cause"] or "none", *source["also_right"]])
            yield from ("", "[[verdict]]", f'source = "{source["address"]}"', f'cause = "{causes}"')
    yield from _absent(truth["sources"])
    if name not in UNCOUNTED and not truth["notes"]:
        yield from ("", "[facts]", f"connections = {len(truth['attempts'])}")


def _finding(detector: str, source: dict[str, Any], controls: list[dict[str, Any]]) -> Iterator[str]:
    yield from ("", "[[finding]]", f'detector = "{detector}"', f'source = "{source["address"]}"')
    known = source.get(TABLE.get(detector, ""))
    if known:
        yield "[finding.metrics]"
        yield f'mechanism = "{known}"' if detector == "flood-control-trip" else f'phases.{known} = ">=1"'
    for control in controls if detector == "flood-control-trip" else ():
        settings = control["settings"]
        penalty = control["kind"] == "Penalty"
        if penalty and settings["keyed_by"] != "prefix" and not settings["sliding"]:  # that lasts until the source gives up
            yield f"penalty_s = [{settings['penalty_s'] * 0.9:g}, {settings['penalty_s'] * 1.1:g}] # {settings['penalty_s']:g} s"
        if penalty and settings["keyed_by"] == "source":
            yield f"trips = {len(control['episodes'])}"
        if control["kind"] == "ConnectionLimit":
            yield f"connection_limit = {settings['most']}"


def _absent(sources: list[dict[str, Any]]) -> Iterator[str]:
    """What no source may have, then what one may not have; a healthy source may have nothing."""
    everywhere = set.intersection(*(set(source["must_not_fire"]) for source in sources))
    for detector in sorted(everywhere):
        yield from ("", "[[absent]]", f'detector = "{detector}"', ALARM)
    for source in sources:
        if source["role"] == "healthy":
            yield from ("", "[[absent]]", f'source = "{source["address"]}"', ALARM)
        else:
            for detector in sorted(set(source["must_not_fire"]) - everywhere):
                yield from ("", "[[absent]]", f'detector = "{detector}"', f'source = "{source["address"]}"', ALARM)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(make(Path(each), ROOT / "captures").relative_to(ROOT))

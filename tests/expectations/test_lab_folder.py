"""Holds tests/tools/lab_folder.py to it: a truth of the lab becomes an expectation that can be read."""

import importlib.util
import json
import shutil
from pathlib import Path

from netdiag.expectations.reading import read

ROOT = Path(__file__).resolve().parents[2]
HEALTHY = {
    "address": "10.0.0.1",
    "role": "healthy",
    "cause": None,
    "must_fire": [],
    "must_not_fire": ["port-reuse-burst", "flood-control-trip"],
}
TROUBLED = {
    "address": "10.0.0.9",
    "role": "troubled",
    "cause": "per-source-penalty",
    "must_fire": ["flood-control-trip"],
    "must_not_fire": ["port-reuse-burst"],
    "mechanism": "silent-drop",
    "also_right": ["path-loss"],
}
PENALTY = {"kind": "Penalty", "settings": {"keyed_by": "source", "penalty_s": 5.0, "sliding": False}, "episodes": [{}]}
TRUTH = {
    "scenario": "flood",
    "seed": 1,
    "settings": ["rate_per_s=3"],
    "about": 'A "flood".',
    "sources": [{"also_right": [], "phase": None, "mechanism": None, **source} for source in (HEALTHY, TROUBLED)],
    "controls": [PENALTY],
    "attempts": [{}, {}],
    "notes": {},
}


def test_a_truth_becomes_an_expectation(tmp_path, captures):
    spec = importlib.util.spec_from_file_location("lab_folder", ROOT / "tests/tools/lab_folder.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    (tmp_path / "truth.json").write_text(json.dumps(TRUTH))
    shutil.copy(captures / "tls13_ok" / "capture.pcap", tmp_path)
    expected = read(tool.make(tmp_path, tmp_path / "captures"))
    assert expected.capture.name == "capture.pcap.gz"
    assert expected.purpose == 'A "flood".'
    (finding,) = expected.findings
    assert finding.demands == {"metrics.mechanism": "silent-drop", "metrics.penalty_s": (4.5, 5.5), "metrics.trips": 1}
    assert [(one.source, one.demands["cause"]) for one in expected.verdicts] == [
        ("10.0.0.1", "none"),
        ("10.0.0.9", "per-source-penalty|path-loss"),
    ]
    assert [one.title for one in expected.absent] == [
        "port-reuse-burst of any source (severity >=low)",
        "any finding of 10.0.0.1 (severity >=low)",
    ]
    assert expected.facts == {"connections": 2}
    assert "run flood --seed 1 --set rate_per_s=3`" in (expected.folder / "expect.toml").read_text()
    shutil.move(tmp_path / "capture.pcap", tmp_path / "server.pcap")
    assert tool.make(tmp_path / "server.pcap", tmp_path / "captures").name == "lab_flood_server"

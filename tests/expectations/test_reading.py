import os

import pytest

from netdiag.errors import ConfigError
from netdiag.expectations.reading import is_foreign, read
from netdiag.findings.finding import Severity

CALM = '[[absent]]\ndetector = "flood-control-trip"\n'
WHOLE = """
purpose = "All of it."
source = "Made."
licence = "CC0-1.0"
capture = "capture.pcap"

[options]
since = "2026-11-22T00:00:00Z"
min_severity = "low"
networks = ["10.9.0.0/24"]
[options.detectors.port-reuse-burst]
window_s = 5.0

[[finding]]
detector = "ND201"
source = "10.9.0.*"
destination = "*:443"
severity = ">=medium"
confidence = [0.5, 1]
connections = 3
count = [1, 2]
[finding.metrics]
stalled = 3
phases.no-server-hello = ">=1"

[[absent]]
detector = "port-*"

[[verdict]]
source = "10.9.0.1"
cause = "none"

[facts]
packets = 13
"""


def test_all_that_may_be_said(folder_of):
    expected = read(folder_of(WHOLE))
    (finding,) = expected.findings
    assert (finding.detector, finding.line, finding.count) == ("tls-handshake-stall", 14, (1, 2))
    assert finding.demands == {
        "severity": ">=medium",
        "confidence": (0.5, 1),
        "connections": 3,
        "metrics.stalled": 3,
        "metrics.phases.no-server-hello": ">=1",
    }
    assert expected.absent[0].detector == "port-*"
    assert expected.verdicts[0].demands == {"cause": "none"}
    assert (expected.facts, expected.facts_line) == ({"packets": 13}, 33)
    assert expected.options["thresholds"] == {"port-reuse-burst": {"window_s": 5.0}}
    assert expected.options["source"] == ["10.9.0.0/24"]
    assert Severity[expected.options["min_severity"].upper()] is Severity.LOW


def test_what_is_no_file_is_no_capture(folder_of):
    folder = folder_of("purpose = 'x'\n" + CALM)
    for capture in folder.glob("capture.*"):
        capture.unlink()
    os.mkfifo(folder / "capture.pcap")
    with pytest.raises(ConfigError, match=r"has 0 files capture"):
        read(folder)


def test_a_file_is_foreign_without_a_capture_and_without_a_key_of_ours(tmp_path):
    path = tmp_path / "expect.toml"
    for text, foreign in (("[[step]]\n", True), ("[facts]\n", False), ("no toml", False)):
        path.write_text(text)
        assert is_foreign(path) == foreign
    path.write_text("[[step]]\n")
    (tmp_path / "capture.pcap").touch()
    assert not is_foreign(path)


def test_a_capture_of_another_name(folder_of):
    folder = folder_of('purpose = "x"\ncapture = "other.bin"\n' + CALM)
    (folder / "capture.pcap").rename(folder / "other.bin")
    assert read(folder).capture == folder / "other.bin"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("purpose = 'x'\nsuorce = 'y'\n" + CALM, r":2: suorce: unknown key; did you mean 'source'\?"),
        ("purpose = 3\n" + CALM, r":1: purpose: 3 must be a text"),
        (CALM, r":1: the key purpose is compulsory"),
        ("purpose = 'x'\n", r":1: every folder has a calm half.*\[\[absent\]\]"),
        ("purpose = 'x'\n[[absent]]\n", r":2: \[\[absent\]\] says nothing"),
        ("purpose = 'x'\n[[absent]]\ndetector = 'tls-handshake-stal'\n", r":3: .*did you mean 'tls-handshake-stall'\?"),
        ("purpose = 'x'\n[[absent]]\ndetector = 'zz-*'\n", r":3: .*no detector 'zz-\*'"),
        ("purpose = 'x'\n[[absent]]\ncount = 1\n", r":3: \[\[absent\]\] count: unknown key"),
        ("purpose = 'x'\n[[finding]]\nseverity = 'hihg'\n" + CALM, r":3: .*'hihg' is no severity; did you mean 'high'\?"),
        ("purpose = 'x'\n[[finding]]\nseverity = 3\n" + CALM, r":3: .*severity"),
        ("purpose = 'x'\n[[finding]]\ncount = [3, 1]\n" + CALM, r":3: \[\[finding\]\] count: \[3, 1\] must be a value, a range"),
        ("purpose = 'x'\n[[absent]]\nconfidence = 'hgih'\n", r":3: \[\[absent\]\] confidence: 'hgih' must be a number"),
        ("purpose = 'x'\n[[absent]]\nconnections = nan\n", r":3: \[\[absent\]\] connections: nan must be"),
        ("purpose = 'x'\n[[finding]]\ncount = '>=many'\n" + CALM, r":3: \[\[finding\]\] count: '>=many' must be a number"),
        ("purpose = 'x'\n[[finding]]\n[finding.metrics]\ntrips = []\n" + CALM, r":4: \[finding\.metrics\] trips: \[\] must be"),
        ("purpose = 'x'\n[[verdict]]\nsource = '*'\ncause = 'path-los'\n" + CALM, r":4: .*did you mean 'path-loss'\?"),
        ("purpose = 'x'\n[[verdict]]\nsource = '*'\n" + CALM, r":2: .*the key cause is compulsory"),
        (
            "purpose = 'x'\n[[verdict]]\nsource = '*'\ncause = 'none'\nconfidence = true\n" + CALM,
            r":5: .*confidence: True must be a number",
        ),
        ("purpose = 'x'\n" + CALM + "[facts]\npakets = 1\n", r":5: \[facts\] pakets: unknown key; did you mean 'packets'\?"),
        ("purpose = 'x'\n[options]\nsince = 'noon'\n" + CALM, r":3: \[options\] since: .*is not a time"),
        ("purpose = 'x'\n[options]\nnetworks = ['x']\n" + CALM, r":3: \[options\] networks: .*no address or network"),
        ("purpose = 'x'\n[options]\nnetworks = 'x'\n" + CALM, r":3: \[options\] networks: must be a list"),
        ("purpose = 'x'\n[options.detectors.nat-burst]\nx = 1\n" + CALM, r":2: .*no detector 'nat-burst'"),
        ("purpose = 'x'\n[options.detectors.port-reuse-burst]\nwindows = 1\n" + CALM, r":3: .*did you mean 'window_s'\?"),
        ("purpose = 'x'\n[options.detectors.port-reuse-burst]\nwindow_s = 'x'\n" + CALM, r":3: .*must be of the kind"),
        ("purpose = 'x'\ncapture = 'none.pcap'\n" + CALM, r":2: capture: there is no file 'none.pcap'"),
    ],
)
def test_what_is_wrong_has_its_line_and_the_nearest_name(folder_of, text, message):
    folder = folder_of(text)
    with pytest.raises(ConfigError, match=rf"{folder.as_posix()}/expect\.toml{message}"):
        read(folder)


def test_a_folder_has_one_capture(folder_of):
    folder = folder_of()
    (folder / "capture.pcapng").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"this folder has 2 files capture\.\*"):
        read(folder)


def test_a_detector_that_the_golden_knows_was_removed_and_is_no_slip(folder_of):
    folder = folder_of("purpose = 'x'\n[[absent]]\ndetector = 'went-away'\n")
    (folder / "report.json").write_text('{"tool": {"detectors": ["went-away"]}}')
    assert read(folder).absent[0].detector == "went-away"

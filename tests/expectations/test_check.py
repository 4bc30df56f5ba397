import json

import pytest

from netdiag.connections.tracker import Tracker
from netdiag.detectors import detector as registry
from netdiag.errors import CaptureError, ConfigError
from netdiag.expectations.check import WORTH, folders, readings, run, runs

STALL = """purpose = "A stall."

[[finding]]
detector = "tls-handshake-stall"
severity = ">=medium"
[finding.metrics]
phases.server-flight-lost = 1

[[absent]]
detector = "port-reuse-*"
"""
STALLED = "tls_stall_cert_flight_blackholed_serverside"


def failing(outcome):
    """Check name to what differs in it."""
    return {check.name: [str(one) for one in check.differences] for check in outcome.checks if check.differences}


@pytest.fixture
def stall(folder_of):
    """An expectation that holds, with its golden."""
    folder = folder_of(STALL, STALLED)
    (expectation,) = readings([folder])
    assert run(expectation, accepting=True).accepted
    return expectation


def test_what_holds_holds(stall):
    assert failing(run(stall)) == {}
    assert not run(stall, accepting=True).accepted


def test_a_changed_threshold_fails_and_says_what_differs(stall):
    found = failing(run(stall, thresholds={"ND201": {"min_stall_s": 600.0}}))
    assert set(found) == {"finding tls-handshake-stall of any source (severity >=medium)", "golden"}
    assert any(line.startswith("findings[ND201-") and "severity: expected >=medium" in line for lines in found.values() for line in lines)


def test_a_removed_detector_fails_by_its_name_and_in_every_golden(folder_of, monkeypatch):
    collided = folder_of("purpose = 'x'\n[[finding]]\ndetector = 'ND102'\n[[absent]]\ndetector = 'ND301'\n", "port_reuse_states", "a")
    calm = folder_of(name="b")
    list(runs(readings([collided, calm]), accepting=True))
    left = tuple(each for each in registry.detectors() if each.code != "ND102")
    monkeypatch.setattr(registry, "detectors", lambda: left)
    (collided / "expect.toml").write_text((collided / "expect.toml").read_text().replace("ND102", "port-reuse-collision"))
    bad, fine = map(failing, runs(readings([collided, calm])))
    (missing,) = bad["finding port-reuse-collision of any source"]
    assert missing.startswith("findings: expected at least one port-reuse-collision of any source, got 0 (there are ND101-")
    assert fine == {"golden": ["tool.detectors: expected port-reuse-collision among the detectors, got no such detector"]}


def test_a_wrong_expectation_fails_and_its_golden_does_not(folder_of, stall):
    folder_of(STALL.replace("phases.server-flight-lost = 1", "phases.server-flight-lost = [2, 3]"), STALLED)
    found = failing(run(readings([stall.folder])[0]))
    ((name, (difference,)),) = found.items()
    assert name.startswith("finding")
    assert difference.endswith("metrics.phases.server-flight-lost: expected 2 to 3, got 1")


def test_thresholds_of_the_file_and_of_the_run(folder_of):
    text = STALL + "[options.detectors.tls-handshake-stall]\nmin_stall_s = 600.0\n"
    (expectation,) = readings([folder_of(text, STALLED)])
    assert "golden" in failing(run(expectation))
    assert set(failing(run(expectation, thresholds={"tls-handshake-stall": {"min_stall_s": 1.0}}))) == {"golden"}
    with pytest.raises(ConfigError, match="no detector 'nat'"):
        run(expectation, thresholds={"nat": {"x": 1}})


def test_accepting_writes_goldens_and_no_expectation(folder_of):
    (expectation,) = readings([folder_of(STALL.replace(">=medium", "critical"), STALLED)])
    before = expectation.path.read_bytes()
    (outcome,) = runs([expectation], accepting=True)
    assert list(failing(outcome)) == ["finding tls-handshake-stall of any source (severity critical)"]
    assert expectation.path.read_bytes() == before
    assert json.loads(expectation.golden.read_text())["inputs"][0]["path"] == "capture.pcap"


def test_folders_are_found_below_themselves_and_by_their_file(folder_of, tmp_path):
    one, two = folder_of(name="b"), folder_of(name="a/deep".replace("/", "_"))
    assert folders([tmp_path]) == [two, one]
    assert folders([one / "expect.toml", one]) == [one]
    (tmp_path / "none").mkdir()
    with pytest.raises(ConfigError, match=r"none: there is no expect\.toml in it"):
        folders([tmp_path / "none"])


def test_every_wrong_file_is_told_at_once(folder_of, tmp_path):
    folder_of("purpose = 1", name="a")
    folder_of("porpose = 1", name="b")
    with pytest.raises(ConfigError) as told:
        readings([tmp_path])
    assert len(str(told.value).splitlines()) == 2


def test_an_interrupted_capture_is_not_judged(stall, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    golden = stall.golden.read_text()
    monkeypatch.setattr(Tracker, "feed", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(stall, accepting=True)
    assert stall.golden.read_text() == golden


def test_many_folders_are_shared_among_processes_and_fare_the_same(folder_of):
    count = 2 * WORTH + 1
    expectations = readings([folder_of(STALL, STALLED, f"f{k:02}") if k % 5 else folder_of(name=f"f{k:02}") for k in range(count)])
    list(runs(expectations[:6], accepting=True))
    alone, shared = list(runs(expectations, workers=1)), list(runs(expectations, workers=2))
    assert [one.expectation for one in shared] == expectations
    assert shared == alone
    assert [bool(failing(one)) for one in shared] == [k >= 6 for k in range(count)]  # those without a golden


def test_what_goes_wrong_in_a_process_is_raised_here(folder_of):
    expectations = readings([folder_of(name=f"f{k:02}") for k in range(2 * WORTH + 1)])
    expectations[-1].capture.unlink()
    with pytest.raises(CaptureError, match="f16"):
        list(runs(expectations, workers=2))

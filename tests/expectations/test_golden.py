import json

from netdiag import analyze
from netdiag.expectations.golden import accept, canonical, compare, met_detectors


def made(captures, path="tls13_ok"):
    return canonical(analyze(captures / path / "capture.pcap").document(), ["b", "a"])


def test_no_version_and_no_folder_is_kept(captures):
    golden = made(captures)
    assert golden["tool"] == {"name": "netdiag", "detectors": ["a", "b"]}
    assert golden["inputs"][0]["path"] == "capture.pcap"
    assert str(captures) not in json.dumps(golden)


def test_what_was_accepted_is_the_same_and_written_once(captures, tmp_path):
    golden = made(captures)
    path = tmp_path / "report.json"
    assert accept(path, golden)
    assert not accept(path, golden)
    assert path.read_bytes().isascii()
    assert list(compare(path, golden)) == []
    assert met_detectors(tmp_path) == ["a", "b"]


def test_a_missing_golden_says_how_it_is_made(captures, tmp_path):
    (one,) = compare(tmp_path / "report.json", made(captures))
    assert f"netdiag check --accept {tmp_path.as_posix()}" in one.got
    (tmp_path / "report.json").write_text("[1]")
    (one,) = compare(tmp_path / "report.json", made(captures))
    assert "no JSON object" in one.got
    (tmp_path / "report.json").write_text("[" * 100_000)
    assert [one.got for one in compare(tmp_path / "report.json", made(captures))] == [one.got]
    assert met_detectors(tmp_path) == []


def test_a_detector_that_went_differs_and_one_that_came_does_not(captures, tmp_path):
    golden = made(captures)
    accept(tmp_path / "report.json", golden)
    (one,) = compare(tmp_path / "report.json", {**golden, "tool": {"name": "netdiag", "detectors": ["a"]}})
    assert (one.path, one.expected) == ("tool.detectors", "b among the detectors")
    assert list(compare(tmp_path / "report.json", {**golden, "tool": {"name": "netdiag", "detectors": ["a", "b", "c"]}})) == []

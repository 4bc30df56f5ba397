import json
import shutil

import pytest

EXPECT = """purpose = "Healthy."
[[absent]]
detector = "*"
[facts]
connections = 1
"""


@pytest.fixture
def folder(tmp_path, healthy):
    made = tmp_path / "captures" / "calm"
    made.mkdir(parents=True)
    shutil.copy(healthy, made)
    (made / "expect.toml").write_text(EXPECT)
    return made


def test_accepting_then_all_hold(netdiag, folder):
    said = netdiag("check")
    assert (said.code, said.err) == (1, "")
    assert "netdiag check --accept captures/calm" in said.out
    assert netdiag("check", "--accept").out == "wrote captures/calm/report.json\n1 capture folder, 3 checks: all hold.\n"
    assert netdiag("check", "captures/calm") == netdiag("check", "captures/calm/expect.toml")
    assert netdiag("check").code == 0


def test_a_wrong_expectation_is_named_with_its_line(netdiag, folder):
    netdiag("check", "--accept")
    (folder / "expect.toml").write_text(EXPECT.replace("connections = 1", "connections = 2"))
    said = netdiag("check")
    assert said.code == 1
    assert "x facts  (captures/calm/expect.toml:4)\n      facts.connections\n        expected 2\n        got      1\n" in said.out


def test_json(netdiag, folder):
    said = netdiag("check", "--accept", "--json")
    assert json.loads(said.out)["failed"] == said.code == 0


def test_a_file_that_cannot_be_read_is_a_usage_error(netdiag, folder):
    (folder / "expect.toml").write_text(EXPECT.replace("purpose", "porpose"))
    said = netdiag("check")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("netdiag: captures/calm/expect.toml:1: porpose: unknown key; did you mean 'purpose'?")
    (folder / "expect.toml").unlink()
    assert netdiag("check").code == 2


def test_a_threshold_of_the_run_and_no_configuration_file(netdiag, folder, tmp_path):
    netdiag("check", "--accept")
    (tmp_path / "netdiag.toml").write_text("nonsense = 1\n")
    assert netdiag("check").code == 0
    assert netdiag("check", "--threshold", "tls-handshake-stall.nonsense=1").code == 2
    assert netdiag("check", "--threshold", "tls-handshake-stall.min_stall_s=0.5").code == 0


def test_annotations_and_the_summary_of_the_step(netdiag, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    said = netdiag("check", "--format", "github")
    assert said.code == 1
    assert said.out.startswith("::error file=captures/calm/report.json,line=1,title=captures/calm%3A golden::report.json: expected")
    assert "1 failed in 1 folder" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("name", ["junit", "sarif"])
def test_formats_for_machines(netdiag, folder, name):
    said = netdiag("check", "--format", name)
    assert said.code == 1
    assert "captures/calm/report.json" in said.out

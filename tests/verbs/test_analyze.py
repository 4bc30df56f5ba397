import json

import pytest


def test_the_founding_capture(netdiag, collision):
    said = netdiag("analyze", collision)
    assert said.code == 0
    assert said.out.splitlines()[0] == "1 of 1 source in trouble: 10.9.0.1 by tcp-state-collision."
    assert said.err == ""


def test_a_healthy_capture_has_no_finding(netdiag, healthy):
    said = netdiag("analyze", "--json", "--fail-on", "info", healthy)
    assert said.code == 0
    result = json.loads(said.out)
    assert result["findings"] == []
    assert result["sources"][0]["verdict"] is None


def test_fail_on(netdiag, collision):
    assert netdiag("analyze", collision, "--fail-on", "high").code == 1
    assert netdiag("analyze", collision, "--fail-on", "critical").code == 0


def test_output_folder(netdiag, collision, tmp_path):
    said = netdiag("analyze", collision, "-o", tmp_path / "out", "--json")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"index.md", "index.json", "10.9.0.1.md", "10.9.0.1.json"}
    assert (tmp_path / "out" / "index.json").read_text() == said.out


def test_the_result_does_not_depend_on_the_path(netdiag, healthy, tmp_path):
    copy = tmp_path / "other.pcap"
    copy.write_bytes(healthy.read_bytes())
    one, other = (json.loads(netdiag("analyze", "--json", path).out) for path in (healthy, copy))
    one["inputs"][0]["path"] = other["inputs"][0]["path"] = ""
    assert one == other


def test_one_detector_and_one_source(netdiag, collision):
    result = json.loads(netdiag("analyze", collision, "--json", "--detector", "ND101").out)
    assert {finding["code"] for finding in result["findings"]} == {"ND101"}
    assert json.loads(netdiag("analyze", collision, "--json", "--source", "192.0.2.0/24").out)["sources"] == []


def test_allow_list_is_counted(netdiag, collision, tmp_path):
    (tmp_path / "netdiag.toml").write_text("[[allow]]\nsource = '10.9.0.1'\nreason = 'a lab'\n")
    result = json.loads(netdiag("analyze", collision, "--json").out)
    assert result["findings"] == []
    assert {entry["reason"] for entry in result["suppressed"]} == {"a lab"}


def test_colour(netdiag, collision):
    assert "\x1b" not in netdiag("analyze", collision).out
    assert "\x1b[" in netdiag("analyze", collision, "--color", "always").out


def test_a_cut_capture_is_read_as_far_as_it_goes(netdiag, healthy, tmp_path):
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(healthy.read_bytes()[:-10])
    said = netdiag("analyze", cut)
    assert said.code == 0
    assert "cut.pcap" in said.err
    assert netdiag("analyze", cut, "-q").err == ""
    assert netdiag("analyze", cut, "--strict").code == 3


@pytest.mark.parametrize("arguments", [["nothing.pcap"], ["no-capture"], []])
def test_unreadable_input_is_2_with_one_line(arguments, netdiag, tmp_path):
    (tmp_path / "no-capture").write_text("this is text, not a capture\n")
    said = netdiag("analyze", *arguments)
    assert said.code == 2
    assert "Traceback" not in said.err
    assert said.err.strip()


def test_unknown_format(netdiag, healthy):
    said = netdiag("analyze", healthy, "--format", "jsn")
    assert (said.code, said.out) == (2, "")
    assert "did you mean 'json'" in said.err


def test_every_format_is_named_in_the_help(netdiag):
    from netdiag.reports.report import reports

    out = netdiag("analyze", "--help").out
    assert [name for name in reports() if name not in out] == []


def test_a_folder_may_hold_other_files(netdiag, healthy, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.pcap").write_bytes(healthy.read_bytes())
    (folder / "notes.txt").write_text("notes\n")
    said = netdiag("analyze", folder, "--strict")
    assert said.code == 0
    assert "notes.txt" in said.err


def test_a_folder_without_a_capture_is_an_error(netdiag, tmp_path):
    (tmp_path / "folder").mkdir()
    said = netdiag("analyze", tmp_path / "folder")
    assert said.code == 2
    assert said.err


def test_an_empty_name_is_this_folder(netdiag, healthy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert netdiag("analyze", healthy, "-o", "").code == 0
    assert (tmp_path / "index.json").exists()


def test_an_output_that_cannot_be_written_fails_before_the_work(netdiag, healthy, tmp_path):
    (tmp_path / "file").write_text("")
    said = netdiag("analyze", healthy, "-o", tmp_path / "file")
    assert (said.code, said.out) == (2, "")
    assert "Name another one with -o" in said.err


def test_annotations_come_with_a_summary_of_the_step(netdiag, collision, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert netdiag("analyze", collision, "--format", "github").out.startswith("::error title=10.9.0.1%3A tcp-state-collision::")
    assert (tmp_path / "summary.md").read_text().startswith("# netdiag\n")

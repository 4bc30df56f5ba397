"""The lab's command line: what it answers without making a network."""

import importlib
import json

import pytest
from click.testing import CliRunner

from captures.lab import scenario

entry = importlib.import_module("captures.lab.__main__")
PLANNED = {"at_s": 1, "source": "a", "host": "b", "dst": "c", "dport": 1, "version": "1.3", "manner": "tls"}
TRUTH = {"scenario": "x", "seed": 1, "parameters": {}, "sources": [], "controls": [], "attempts": [PLANNED], "begun_ns": 5}


def run(*arguments):
    return CliRunner().invoke(entry.main, [str(one) for one in arguments])


@pytest.fixture
def runs(tmp_path):
    def make(name, **changes):
        folder = tmp_path / name / "x-s1"
        folder.mkdir(parents=True)
        (folder / "truth.json").write_text(json.dumps(TRUTH | changes))
        return tmp_path / name

    return make


def test_every_scenario_is_listed():
    told = run("list").output.splitlines()
    assert [line.split()[0] for line in told] == scenario.names()


def test_runs_are_the_same_if_they_were_planned_alike(runs, tmp_path):
    one = runs("one")
    assert run("same", one, runs("later", begun_ns=6)).output == "1 runs, planned alike\n"
    other = run("same", one, runs("other", parameters={"rate": 2}))
    assert other.exit_code == 1
    assert "1 of 1 runs differ: x-s1" in other.output
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    assert "1 of 1 runs differ" in run("same", one, lacking).output
    assert "there is no truth.json" in run("same", lacking, lacking).output


@pytest.mark.parametrize("seeds", ["x", "3-1", "-1", "1-x", ""])
def test_seeds_that_are_none_are_refused(seeds, tmp_path):
    refused = run("all", f"--seeds={seeds}", "--out", tmp_path)
    assert refused.exit_code == 2
    assert "neither a seed nor a range such as 1-5" in refused.output


def test_cleaning_takes_away_what_a_killed_lab_left(monkeypatch, tmp_path):
    left = tmp_path / "ndlab-0-x"
    left.mkdir()
    asked = []
    monkeypatch.setattr(entry.namespaces, "stale", lambda: ["ndlab-0-nat"])
    monkeypatch.setattr(entry.namespaces, "stale_folders", lambda: [left])
    monkeypatch.setattr(entry.namespaces, "execute", lambda command: asked.append(command) or "")
    assert run("clean").output == f"removed ndlab-0-nat\nremoved {left}\n"
    assert asked == [["ip", "netns", "pids", "ndlab-0-nat"], ["ip", "netns", "del", "ndlab-0-nat"]]
    assert not left.exists()

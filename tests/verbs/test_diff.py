import json

import pytest


def test_a_result_and_its_capture_do_not_differ(netdiag, healthy):
    said = netdiag("diff", healthy.parent / "report.json", healthy)
    assert (said.code, said.out) == (0, "No difference.\n")


def test_before_and_after(netdiag, collision, healthy):
    said = netdiag("diff", collision, healthy)
    assert said.code == 1
    assert "! 10.9.0.1: tcp-state-collision -> no verdict" in said.out
    assert "\n- ND102-" in said.out


@pytest.mark.parametrize("name", ["json", "md"])
def test_formats(netdiag, healthy, collision, name):
    said = netdiag("diff", healthy, collision, "--format", name)
    assert said.code == 1
    assert (len(json.loads(said.out)["new"]) == 2) if name == "json" else said.out.startswith("# netdiag diff\n")


def test_a_threshold_holds_for_both(netdiag, collision):
    saved = collision.parent / "report.json"
    assert netdiag("diff", saved, collision, "--detector", "ND102").code == 1
    assert netdiag("diff", collision, collision, "--detector", "ND102").code == 0


def test_what_cannot_be_read_is_2(netdiag, healthy, tmp_path):
    (tmp_path / "x.json").write_text('{"schema": "x"}')
    assert netdiag("diff", "x.json", healthy).code == 2
    assert netdiag("diff", healthy).code == 2

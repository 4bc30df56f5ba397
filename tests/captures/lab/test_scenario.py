"""Laws of every scenario, and one short run for real where this machine can."""

import asyncio
import dataclasses
import json
from contextlib import ExitStack

import pytest

from captures.lab import namespaces, scenario
from captures.lab.lab import SLOWEST
from captures.lab.truth import structure

BOUNDS = {"duration_s": 30, "burst_s": 10}
ALL = scenario.names()


@pytest.mark.parametrize("name", ALL)
def test_every_scenario_says_what_happens_and_is_bounded(name):
    one = scenario.load(name)
    assert one.line.endswith((".", ",")) or len(one.line) > 40
    assert dataclasses.is_dataclass(one.parameters)
    for key, most in BOUNDS.items():
        assert getattr(one.parameters, key, 0) <= most
    assert SLOWEST <= 120


def test_parameters_are_set_by_name_and_kind():
    founding = scenario.load("founding_incident")
    assert founding.with_parameters(("limit=3", "duration_s=2")).limit == 3
    with pytest.raises(namespaces.LabError, match="has no parameter 'speed'; it has: duration_s"):
        founding.with_parameters(("speed=3",))
    with pytest.raises(namespaces.LabError, match="not a int"):
        founding.with_parameters(("limit=x",))
    with pytest.raises(namespaces.LabError, match="no scenario"):
        scenario.load("nothing")


def test_teardown_happens_after_a_failure_and_after_an_interruption(tmp_path):
    for error in (RuntimeError, KeyboardInterrupt, asyncio.CancelledError):
        done = []

        async def run(lab, parameters, done=done, error=error):
            lab.stack.callback(done.append, "torn down")
            raise error

        one = scenario.Scenario("broken", "", None, run)
        with pytest.raises(error):
            asyncio.run(scenario._run(one, None, 1, tmp_path))
        assert done == ["torn down"]


def test_one_short_scenario_for_real(tmp_path, capsys):
    if lacks := scenario.missing():
        with capsys.disabled():
            print(f"\nLAB NOT TRIED HERE, it needs: {lacks}")
        pytest.skip(f"the lab needs {'; '.join(lacks)}")
    try:
        with ExitStack() as stack:
            namespaces.Namespace("try", stack)
    except (namespaces.LabError, OSError) as error:
        with capsys.disabled():
            print(f"\nLAB NOT TRIED HERE: {error}")
        pytest.skip(f"no network namespaces here: {error}")
    settings = ("duration_s=1.5", "sources=1")
    first, again = (scenario.run("healthy_mix", 3, tmp_path / str(at), settings) for at in range(2))
    assert structure(first) == structure(again)
    assert {(one["connect"], one["tls"], one["end"]) for one in first["attempts"]} == {("ok", "complete", "ok")}
    assert first["captures"] == [{"name": "capture.pcap", "missed_packets": 0}]
    assert (tmp_path / "0/capture.pcap").stat().st_size > 5000
    assert json.loads((tmp_path / "0/truth.json").read_text())["seed"] == 3
    assert namespaces.mine() == []

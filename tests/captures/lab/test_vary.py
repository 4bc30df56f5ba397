"""Other parameters per seed: the same ones every time, and such as the scenario takes."""

import pytest

from captures.lab import scenario
from captures.lab.vary import KEPT, vary


@pytest.mark.parametrize("name", scenario.names())
def test_a_scenario_takes_its_draws(name):
    loaded = scenario.load(name)
    for seed in range(20):
        settings = vary(name, loaded.parameters, seed)
        assert settings == vary(name, loaded.parameters, seed)
        drawn = loaded.with_parameters(settings)
        assert type(drawn) is type(loaded.parameters)


def test_seeds_differ():
    parameters = scenario.load("flood_silent").parameters
    assert len({vary("flood_silent", parameters, seed) for seed in range(20)}) == 20


def test_an_allotment_of_ports_is_kept():
    assert not any(one.startswith("ports") for one in vary("snat_exhaustion", scenario.load("snat_exhaustion").parameters, 1))
    assert any(
        one.startswith("ports") for seed in range(5) for one in vary("port_cool_down", scenario.load("port_cool_down").parameters, seed)
    )


def test_a_run_lasts_as_long_as_a_longer_penalty_needs():
    plain = scenario.load("flood_silent").parameters
    for seed in range(20):
        drawn = scenario.load("flood_silent").with_parameters(vary("flood_silent", plain, seed))
        assert drawn.duration_s - drawn.penalty_s >= plain.duration_s - plain.penalty_s - 1e-6
    assert "duration_s" in KEPT

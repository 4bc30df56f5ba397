"""Documented allotments, and which of them fit."""

from netdiag.findings.nats import PROFILES, fitting


def names(*facts: float | None) -> list[str]:
    return [profile.name for profile in fitting(*facts)]  # type: ignore[arg-type]


def test_every_profile_has_a_source_and_a_name_of_its_own() -> None:
    assert len({profile.name for profile in PROFILES}) == len(PROFILES)
    assert all(":" in profile.source for profile in PROFILES)
    assert [profile.ports for profile in PROFILES] == sorted(profile.ports for profile in PROFILES)


def test_a_pool_holds_what_was_seen_and_no_more_than_its_bound() -> None:
    assert names(120, 140.0, None, None) == ["Azure load balancer (201 to 400 hosts)"]
    assert names(130, 140.0, None, None) == []
    assert names(10, None, None, None) == []


def test_a_port_that_came_back_too_soon_contradicts_a_rest() -> None:
    assert names(40, 70.0, 31.0, None) == ["Azure load balancer (401 to 800 hosts)", "Google Cloud NAT (least)"]
    assert names(40, 70.0, 29.0, None) == ["Azure load balancer (401 to 800 hosts)"]
    assert names(60000, 70000.0, 66.0, 15.0) == []

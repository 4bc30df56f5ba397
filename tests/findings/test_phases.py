"""Names are those of the interface, and every phase says where to look."""

from netdiag.connections.connection import Phase
from netdiag.findings.phases import LOOK, NEXT_STEPS, PHASE_NAMES, summary


def test_names_are_those_of_the_interface() -> None:
    names = "no-client-hello client-hello-lost no-server-hello server-flight-lost server-flight-stopped no-client-finish no-server-finish"
    assert ("", *names.split()) == PHASE_NAMES


def test_every_phase_says_where_to_look() -> None:
    assert set(LOOK) == set(Phase) - {Phase.NONE}
    assert set(NEXT_STEPS) <= set(LOOK)


def test_stalls_and_waits_are_told() -> None:
    metrics = {"phases": {"no-server-hello": 2}, "stalled": 2, "attempts": 5, "longest_s": 3.0, "outcomes": {"recovered": 1}}
    assert summary(metrics, 2, "from A to B") == (
        "2 of 5 TLS handshakes from A to B stalled (no-server-hello 2), the longest for 3 s; 1 recovered."
    )
    assert "too soon to judge" in summary(metrics | {"stalled": 0}, 1, "from A to B")

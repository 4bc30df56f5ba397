"""How the two ends' logs become the phase a handshake stopped at."""

import pytest

from captures.lab.truth import doubts, phase, structure


@pytest.mark.parametrize(
    ("client", "server", "expected"),
    [
        ({"tls": "complete"}, [], None),
        ({"connect": "timeout"}, [], None),
        ({"manner": "connect"}, [], None),
        ({"manner": "silent"}, [], "no-client-hello"),
        ({}, [], "client-hello-lost"),
        ({}, [{"t": 1.0, "received": 100, "sent": 0}], "client-hello-lost"),
        ({}, [{"t": 1.0, "received": 300, "sent": 0}], "no-server-hello"),
        ({}, [{"t": 1.0, "received": 300, "sent": 900}], "server-flight-lost"),
        ({"received": 900}, [{"t": 1.0, "received": 300, "sent": 900}], "no-server-finish"),
        ({}, [{"t": 8.0, "received": 300, "sent": 900}], "no-server-hello"),
        ({}, [{"t": 8.0, "received": 200, "sent": 0}], "client-hello-lost"),
        ({"manner": "stops", "received": 900}, [{"t": 1.0, "received": 300, "sent": 900}], "no-client-finish"),
        ({"manner": "stops"}, [{"t": 1.0, "received": 300, "sent": 0}], "no-server-hello"),
        ({}, [{"t": 90.0, "received": 300, "sent": 900}], "client-hello-lost"),
    ],
)
def test_phase(client, server, expected):
    one = {
        "connect": "ok",
        "tls": "timeout",
        "manner": "tls",
        "start": 0.9,
        "connect_s": 0.1,
        "tls_s": 4.0,
        "sent": 300,
        "received": 0,
    } | client
    assert phase(one, server) == expected


def test_an_attempt_is_not_told_by_what_the_next_from_its_port_came_to():
    one = {"connect": "ok", "tls": "timeout", "manner": "tls", "start": 1.0, "connect_s": 0.1, "tls_s": 4.0, "sent": 300, "received": 0}
    entry = {"t": 7.01, "received": 300, "sent": 900}
    assert phase(one, [entry], next_start=7.0) == "client-hello-lost"


def test_structure_holds_what_was_planned_and_nothing_measured():
    planned = {"at_s": 1, "source": "a", "host": "b", "dst": "c", "dport": 1, "version": "1.3", "manner": "tls"}
    whole = {"scenario": "x", "seed": 1, "parameters": {}, "sources": [], "begun_ns": 5, "box": [1], "notes": {}}
    whole |= {"controls": [{"kind": "k", "settings": {}, "episodes": [1]}], "attempts": [planned | {"start": 3}]}
    kept = structure(whole)
    assert kept["attempts"] == [planned]
    assert kept["controls"] == [{"kind": "k", "settings": {}}]
    assert not {"begun_ns", "box", "notes"} & kept.keys()


def test_doubts_say_what_was_missed_and_what_did_not_happen():
    fast = {"address": "192.0.2.1", "must_fire": ["flood-control-trip"], "role": "troubled", "phase": None}
    slow = {"address": "192.0.2.2", "must_fire": [], "role": "troubled", "phase": "no-server-hello"}
    stopped = {"source": "192.0.2.2", "phase": "no-server-hello"}
    whole = {"box_lost": 0, "captures": [{"missed_packets": 0}], "sources": [fast, slow], "attempts": [stopped]}
    whole["controls"] = [{"episodes": [{"key": "192.0.2.0/28"}]}]
    assert doubts(whole) == []
    for key in ("192.0.2.1", "192.0.2.1 port 30000"):
        assert doubts(whole | {"controls": [{"episodes": [{"key": key}]}]}) == []
    well = doubts(whole | {"sources": [fast | {"role": "healthy"}, slow]})
    assert well == ["a control blocked 192.0.2.1, which should be well"]
    assert doubts(whole | {"controls": [{"episodes": [{"key": "192.0.2.2"}]}]}) == ["no control blocked 192.0.2.1"]
    assert doubts(whole | {"attempts": []}) == ["no handshake of 192.0.2.2 stopped at no-server-hello"]
    assert doubts(whole | {"box_lost": 2, "captures": [{"missed_packets": -1}]}) == ["3 packets were missed"]

"""Names are stored once."""

import pytest

from netdiag.connections.names import printable, texts


def test_equal_names_share_an_id(wire, tls):
    for port, name in ((1, b"a.example"), (2, b"b.example"), (3, b"a.example")):
        wire.out(24, 1001, 5001, tls.record(22, tls.client_hello(name, alpn=())), port=2000 + port)
    state = wire.tracker().state
    assert texts(state).tolist() == ["a.example", "b.example"]
    assert state.rows["sni"][:3].tolist() == [0, 1, 0]


def test_many_names_survive_growth(wire, tls):
    names = [f"host-{k}.example".encode() for k in range(700)]
    for k, name in enumerate(names):
        wire.out(24, 1001, 5001, tls.record(22, tls.client_hello(name, alpn=())), port=2000 + k)
    assert wire.table()["sni"].tolist() == [name.decode() for name in names]


@pytest.mark.parametrize(("raw", "shown"), [(b"ok.example", "ok.example"), (b"\xff\x00", "\\xff\\x00"), (b"a\\b", "a\\x5cb")])
def test_printable(raw, shown):
    assert printable(raw) == shown

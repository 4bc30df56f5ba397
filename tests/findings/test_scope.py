"""Networks a person asks about."""

import numpy as np
import pytest

from netdiag.connections.columns import Coded, Columns
from netdiag.errors import ConfigError
from netdiag.findings.scope import is_in, network, only, within, within_each


@pytest.mark.parametrize(
    ("source", "whole", "inside"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.0.0/16", "10.0.0.0/8", True),
        ("10.0.0.0/8", "10.1.0.0/16", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("10.1.2.3", "::/0", False),
        ("nobody", "10.0.0.0/8", False),
        ("10.1.2.3", "ND101-12345678", False),
    ],
)
def test_is_in(source, whole, inside):
    assert is_in(source, whole) is inside


def test_no_networks_mean_all():
    assert within("10.1.2.3", [])
    assert not within("10.1.2.3", ["192.0.2.0/24"])


def test_a_bad_network_is_named():
    with pytest.raises(ConfigError, match="/99' is no address or network"):
        network("10.0.0.0/99")


def test_only_keeps_the_rows_asked_for():
    addresses = np.array(["10.0.0.1", "10.0.0.2", "192.0.2.1"], object)
    rows = Columns({"src": Coded(np.array([0, 2, 1], np.int8), addresses)})
    assert only(rows, "src", ["10.0.0.0/24"]).words("src").tolist() == ["10.0.0.1", "10.0.0.2"]
    assert only(rows, "src", []) is rows
    assert not np.shares_memory(only(rows, "src", ["10.0.0.0/8", "192.0.2.0/24"])["src"], rows["src"])
    assert within_each(addresses, []).tolist() == [True, True, True]

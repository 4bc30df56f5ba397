"""Each sign that a reset was forged, by itself and together."""

from typing import Any

import numpy as np
import pytest

from netdiag.detectors.tls_handshake_failure import Thresholds
from netdiag.findings.injection import READ, signs_of_injection

MS = 10**6
HONEST = {
    "syn_ns": 1, "syn_count": 1, "synack_ns": 1 + 10 * MS, "hello_ns": 12 * MS,
    "ttl_out": 64, "ttl_in": 52, "rst_out_ttl": 64, "rst_in_ttl": 52, "rst_in_ns": 22 * MS,
}  # fmt: skip


def signs(side: str, **more: int) -> int:
    column: dict[str, Any] = {name: np.array([(HONEST | more).get(name, 0)], np.uint8 if "ttl" in name else np.int64) for name in READ}
    (count,) = signs_of_injection(column, side, Thresholds()).tolist()
    return int(count)


@pytest.mark.parametrize("side", ["out", "in"])
def test_what_a_side_itself_sent(side: str) -> None:
    assert signs(side) == 0


@pytest.mark.parametrize("side", ["out", "in"])
def test_each_sign_of_a_side(side: str) -> None:
    other = {"out": "in", "in": "out"}[side]
    told = [{"data_after_rst_{}": 1}, {"rst_{}_ttl": 250}, {"rst_{}_ttl": 3}, {"rst_{}_ahead": 1}]
    assert [signs(side, **{name.format(side): value for name, value in each.items()}) for each in told] == [1, 1, 1, 1]
    assert [signs(side, **{name.format(other): value for name, value in each.items()}) for each in told] == [0, 0, 0, 0]


def test_a_hop_more_is_no_sign() -> None:
    assert signs("in", rst_in_ttl=51) == 0


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ({}, 1),
        ({"rst_in_ns": 18 * MS}, 0),  # not that soon
        ({"rst_in_ns": 11 * MS}, 0),  # before the ClientHello
        ({"syn_count": 2}, 0),  # which of them was answered is unknown
        ({"synack_ns": 0}, 0),
        ({"synack_ns": 1 + MS}, 0),  # on this path everything is quick
    ],
)
def test_sooner_than_the_server_can_answer(more: dict[str, int], count: int) -> None:
    assert signs("in", **{"rst_in_ns": 13 * MS} | more) == count


def test_signs_add_up() -> None:
    assert signs("in", rst_in_ns=13 * MS, rst_in_ttl=3, rst_in_ahead=1, data_after_rst_in=2) == 4

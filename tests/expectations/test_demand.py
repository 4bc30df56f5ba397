import pytest

from netdiag.expectations.demand import demand, is_of_numbers, met, said, severity_is_known


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (3, 3),
        (3, 3.0),
        (0.1, 0.1 + 1e-12),
        ((1, 4), 4),
        (">=3", 3),
        ("<0.5", 0.4),
        (True, True),
        ("none", None),
        ("silent-*", "silent-drop"),
        ("10.0.0.?", "10.0.0.7"),
        ("path-loss|none", "path-loss"),
        ("path-loss|none", None),
        ("[2001:db8::*]:443", "[2001:db8::1]:443"),
        (">=medium", "high"),
        ("<high", "medium"),
        (10, [9.5, 11.0]),  # an interval that contains the number
        ((9, 12), [9.5, 11.0]),  # a range that contains the interval
    ],
)
def test_met(wanted, got):
    assert met(wanted, got)


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (3, 4),
        (1, True),
        (True, 1),
        ((1, 4), 5),
        ((1, 4), None),
        ((1, 4), "2"),
        (">3", 3),
        (">=3", None),
        (">=x", 3),
        ("none", 0),
        ("silent-*", "reset"),
        ("[ab]", "a"),
        (">=high", "medium"),
        (10, [10.5, 11.0]),
        ((10, 12), [9.5, 11.0]),
        (10, [1, 2, 3]),
    ],
)
def test_not_met(wanted, got):
    assert not met(wanted, got)


def test_what_a_demand_may_be():
    assert demand([1, 2.5]) == (1, 2.5)
    assert [demand(value) for value in ([2, 1], [1], ["a", "b"], [True, True], {}, None)] == [None] * 6
    assert demand("x*") == "x*"


def test_a_demand_is_said_as_people_say_it():
    assert [said(one) for one in ((1, 4), True, ">=3", 0.5)] == ["1 to 4", "true", ">=3", "0.5"]


def test_severities_alone_and_compared():
    assert severity_is_known("high")
    assert severity_is_known(">= medium")
    assert not severity_is_known("hihg")
    assert not severity_is_known(">=3")


def test_what_a_number_can_meet():
    assert all(map(is_of_numbers, (3, 0.5, (1, 2), ">=3", "< 1e3")))
    assert not any(map(is_of_numbers, (True, "high", ">=medium", ">nan", "3*")))
    assert demand(float("nan")) is None

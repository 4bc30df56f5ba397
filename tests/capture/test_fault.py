"""A fault is three facts."""

from netdiag.capture.fault import Fault
from netdiag.capture.input import DAMAGED


def test_order_of_facts():
    status, problem, remedy = Fault(DAMAGED, "a length that lies", "Cut it.")
    assert (status, problem, remedy) == (DAMAGED, "a length that lies", "Cut it.")

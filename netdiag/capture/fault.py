"""Says why reading an input ended early."""

from typing import NamedTuple


class Fault(NamedTuple):
    """An end before the end: what is wrong and what a person can do about it."""

    status: str
    """TRUNCATED, DAMAGED or NOT_A_CAPTURE of `netdiag.capture.input`."""
    problem: str
    remedy: str

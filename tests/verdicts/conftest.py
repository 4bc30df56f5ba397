"""Builds cases by hand."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from netdiag.detectors.detector import detectors
from netdiag.verdicts.case import Case, cases


@pytest.fixture(scope="session")
def case_of(tables_of: Callable[..., Any]) -> Callable[..., Case]:
    """The case of the first source in trouble, with the findings of all detectors."""

    def make(*rows: dict[str, Any]) -> Case:
        tables = tables_of(*rows)
        found = [finding for detector in detectors() for finding in detector.detect(tables)]
        return next(iter(cases(tables, found)))

    return make


@pytest.fixture(scope="session")
def attempts(attempt: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """Attempts from fresh ports, one per `gap_s`, that fare as told one by one."""

    def make(fared: Sequence[str], gap_s: float = 1.0, **more: Any) -> list[dict[str, Any]]:
        return [attempt(at * gap_s, 20000 + at, how, **more) for at, how in enumerate(fared)]

    return make


@pytest.fixture(scope="session")
def stalled(attempt: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """A TLS handshake that waits in a phase until the client gives up after 10 s."""

    def make(at_s: float, waits_in: int, **more: Any) -> dict[str, Any]:
        row = attempt(at_s, 30000 + round(at_s), "open", tls=1, phase=waits_in)
        begin = row["syn_ns"] + 10**7
        row |= {"hello_ns": begin, "phase_ns": begin, "phase_ref": 9, "quit_ns": begin + 10**10, "quit_by": 1, "bytes_out": 500}
        return row | more

    return make

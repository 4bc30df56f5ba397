"""Builds the document of a check, schema `netdiag.check/1`: plain data that every format renders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netdiag import __version__
from netdiag.expectations.check import Outcome
from netdiag.expectations.expectation import Expectation
from netdiag.expectations.judge import Check

SCHEMA = "netdiag.check/1"


def document(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """All folders with all their checks, in the order of their runs; keys in the order of the schema."""
    folders = [_folder(outcome) for outcome in outcomes]
    checks = [check for folder in folders for check in folder["checks"]]
    return {
        "schema": SCHEMA,
        "tool": {"name": "netdiag", "version": __version__},
        "checks": len(checks),
        "failed": sum(bool(check["differences"]) for check in checks),
        "folders": folders,
    }


def _folder(outcome: Outcome) -> dict[str, Any]:
    expectation = outcome.expectation
    return {
        "folder": expectation.folder.as_posix(),
        "capture": expectation.capture.as_posix(),
        "purpose": expectation.purpose,
        "accepted": outcome.accepted,
        "checks": [_check(expectation, check) for check in outcome.checks],
    }


def _check(expectation: Expectation, check: Check) -> dict[str, Any]:
    path = expectation.path if check.line else expectation.golden
    return {
        "name": check.name,
        "file": path.as_posix(),
        "line": check.line,
        "differences": [{"path": one.path, "expected": one.expected, "got": one.got} for one in check.differences],
    }

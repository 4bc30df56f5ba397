"""Collects `expect.toml` files as tests, so that `pytest DIR` holds netdiag to known captures.

Each claim of a file (finding, absent, verdict, facts) and its golden is one test; the capture is read once, when the
first of them runs. Installed with netdiag; nothing but pytest is imported until a file is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from netdiag.expectations.check import Outcome
    from netdiag.expectations.difference import Difference

MOST = 20
"""Differences of one claim that are told."""


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> ExpectFile | None:
    """Take every `expect.toml`, but for those that are visibly another program's."""
    if file_path.name != "expect.toml":
        return None
    from netdiag.expectations.reading import is_foreign

    return None if is_foreign(file_path) else ExpectFile.from_parent(parent, path=file_path)


class Differs(Exception):  # noqa: N818  what pytest shows is the claim, not this name
    """A claim that does not hold."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__("\n".join(map(str, differences)))
        self.differences = differences


class ExpectFile(pytest.File):
    """A capture folder."""

    def collect(self) -> Iterator[Claim]:
        """One test per claim of the file, then the golden."""
        from netdiag.errors import ConfigError
        from netdiag.expectations.check import GOLDEN
        from netdiag.expectations.judge import names
        from netdiag.expectations.reading import read

        try:
            self.expectation = read(self.path.parent)
        except ConfigError as error:
            raise self.CollectError(str(error)) from error
        for index, (name, line) in enumerate([*names(self.expectation), (GOLDEN, 1)]):
            yield Claim.from_parent(self, name=name, index=index, line=line)

    @cached_property
    def outcome(self) -> Outcome:
        """The capture, read and compared."""
        from netdiag.expectations.check import run

        return run(self.expectation)


class Claim(pytest.Item):
    """One check of a capture folder."""

    def __init__(self, *, index: int, line: int, **known: Any) -> None:
        super().__init__(**known)
        self.index, self.line = index, line

    def runtest(self) -> None:
        """Fail with everything that differs."""
        if not isinstance(self.parent, ExpectFile):
            raise TypeError(f"{self.name} belongs to no expect.toml")
        if differences := self.parent.outcome.checks[self.index].differences:
            raise Differs(list(differences))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What differs, place by place; anything but a difference as pytest shows it."""
        if not isinstance(excinfo.value, Differs):
            return super().repr_failure(excinfo, style)
        from netdiag.reports.escape import printable

        differences = excinfo.value.differences
        lines = [f"{self.path}:{self.line}: {self.name}"]
        for one in differences[:MOST]:
            lines += [printable(one.path), f"  expected {printable(one.expected)}", f"  got      {printable(one.got)}"]
        if left := len(differences) - MOST:
            lines += [f"... and {left} more"] * (left > 0)
        return "\n".join(lines)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line (from 0) and name."""
        return self.path, self.line - 1, self.name

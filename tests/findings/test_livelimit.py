"""A limit tells accepted from refused, or it is none."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netdiag.findings.livelimit import live_limit

Make = Callable[..., Any]


def limit(tables_of: Make, rows: list[dict[str, Any]], refused: list[bool]) -> int | None:
    return live_limit(tables_of(*rows).connections, ~np.array(refused), np.array(refused), 0.05)


def test_five_may_live(tables_of: Make, attempt: Make) -> None:
    refused = [at >= 5 for at in range(20)]
    assert limit(tables_of, [attempt(at, 1024 + at, "reset" if bad else "open") for at, bad in enumerate(refused)], refused) == 5


def test_refusals_while_few_live_are_no_limit(tables_of: Make, attempt: Make) -> None:
    refused = [at % 2 == 1 for at in range(20)]
    assert limit(tables_of, [attempt(at, 1024 + at, "reset" if bad else "ok") for at, bad in enumerate(refused)], refused) is None

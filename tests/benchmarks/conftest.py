"""Keeps benchmarks out of the tests: they run with `make bench` only, that is with --benchmark-only."""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("benchmark_only", default=False):
        return
    held_back = [item for item in items if HERE in item.path.parents]
    if held_back:
        config.hook.pytest_deselected(items=held_back)
        items[:] = [item for item in items if item not in held_back]

"""Diagnoses connection trouble in packet captures: a verdict per source, with the packets that prove it."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

TYPE_CHECKING = False  # type checkers know the name; typing takes as long to import as all else that `--help` needs
if TYPE_CHECKING:
    from typing import Any

    from netdiag import detectors
    from netdiag.analyze import Reading as Capture
    from netdiag.analyze import Result, analyze, open  # noqa: A004  the verb a reader of captures looks for
    from netdiag.detectors.detector import Detector, explain
    from netdiag.findings.finding import Finding, Severity

__version__ = "0.1.0"
__all__ = ["Capture", "Detector", "Finding", "Result", "Severity", "__version__", "analyze", "detectors", "explain", "open"]

HOMES = {
    "Capture": ("netdiag.analyze", "Reading"),
    "Detector": ("netdiag.detectors.detector", "Detector"),
    "Finding": ("netdiag.findings.finding", "Finding"),
    "Result": ("netdiag.analyze", "Result"),
    "Severity": ("netdiag.findings.finding", "Severity"),
    "analyze": ("netdiag.analyze", "analyze"),
    "explain": ("netdiag.detectors.detector", "explain"),
    "open": ("netdiag.analyze", "open"),
}
"""Public name to its module and its name there; nothing is imported before it is asked for."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        module, inner = HOMES[name]
        return getattr(importlib.import_module(module), inner)
    if name == "detectors":
        return importlib.import_module("netdiag.detectors")
    raise AttributeError(f"module 'netdiag' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


class _Surface(ModuleType):
    """The import system binds a submodule's name in its package; `netdiag.analyze` stays the function all the same."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value.analyze if name == "analyze" and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Surface

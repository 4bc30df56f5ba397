"""Binds a detector's page, thresholds and judgement: the contract of every file in this folder.

A detector module has a docstring with the headings of `page.HEADINGS`, a frozen dataclass `Thresholds`, a pure
function `detect(tables, thresholds)`, and `DETECTOR = Detector.of(__name__, ...)`. Being in the folder is its
registration; others come by the entry point group GROUP, whose entries are Detector objects.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from netdiag.detectors import page as pages
from netdiag.errors import ConfigError
from netdiag.installed import installed

if TYPE_CHECKING:
    from netdiag.connections.tables import Tables
    from netdiag.findings.finding import Finding

GROUP = "netdiag.detectors"
MOST = 10**9
"""The most that a threshold may be (so many seconds still count as int64 nanoseconds); the least is 0, 1 for a count."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One fault that can be found, with the thresholds in force."""

    slug: str
    code: str
    page: str
    reads: tuple[str, ...]
    """Tables it judges."""
    thresholds: Any
    module: str
    judge: Callable[[Tables, Any], list[Finding]]

    @classmethod
    def of(cls, name: str, *, code: str, reads: tuple[str, ...]) -> Detector:
        """The detector that module `name` defines; ValueError says what its file lacks."""
        module = sys.modules[name]
        slug = name.rpartition(".")[2].replace("_", "-")
        text = inspect.cleandoc(module.__doc__ or "")
        pages.check(slug, text)
        thresholds = module.Thresholds()
        if not is_dataclass(thresholds) or not getattr(module.Thresholds, "__dataclass_params__").frozen:  # noqa: B009
            raise ValueError(f"{slug}: Thresholds must be a frozen dataclass")
        return cls(slug, code, text, reads, thresholds, name, module.detect)

    @property
    def meanings(self) -> dict[str, str]:
        """Threshold to what its file says of it; ValueError when it is silent on one. Read when asked: a run needs none of it."""
        said = pages.meanings(inspect.getsource(sys.modules[self.module]))
        if silent := [f.name for f in fields(self.thresholds) if not said.get(f.name)]:
            raise ValueError(f"{self.slug}: no string literal under the thresholds {silent}")
        return said

    def detect(self, tables: Tables) -> list[Finding]:
        """Findings at the thresholds in force, sorted by source, destination and start."""
        return sorted(self.judge(tables, self.thresholds), key=lambda f: (f.source, f.destination or "", f.start_ns))

    def with_thresholds(self, **overrides: object) -> Detector:
        """The same detector with other thresholds; ConfigError names a key or a value that does not fit."""
        known = asdict(self.thresholds)
        for key, value in overrides.items():
            if key not in known:
                raise ConfigError(f"{self.slug} has no threshold {key!r}{_nearest(key, known)} Valid: {', '.join(known)}")
            if isinstance(value, list) and isinstance(known[key], tuple):
                overrides[key] = tuple(value)
            elif not _fits(value, known[key]):
                raise ConfigError(f"{self.slug}: {key} = {value!r} must be of the kind of its default, {known[key]!r}")
            elif isinstance(value, (int, float)) and not isinstance(value, bool) and not _least(known[key]) <= value <= MOST:
                raise ConfigError(f"{self.slug}: {key} = {value!r} must lie between {_least(known[key])} and {MOST}")
        try:
            return replace(self, thresholds=replace(self.thresholds, **overrides))
        except ValueError as error:  # from the __post_init__ of its Thresholds
            raise ConfigError(f"{self.slug}: {error}") from error

    def explain(self) -> str:
        """The page with the thresholds in force."""
        return pages.render(self.code, self.slug, self.page, asdict(self.thresholds), self.meanings)


def _fits(value: object, default: object) -> bool:
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, (int, float) if isinstance(default, float) else type(default))


def _least(default: object) -> int:
    return 1 if isinstance(default, int) else 0


def _nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a wrong name: a full stop, or the nearest name in its own spelling."""
    from difflib import get_close_matches

    spelled = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), list(spelled), 1, 0.4)
    return f"; did you mean {spelled[close[0]]!r}?" if close else "."


@cache
def detectors() -> tuple[Detector, ...]:
    """All detectors, built-in and installed, sorted by code; ValueError where two share a code or a slug."""
    folder = sys.modules[__package__]
    modules = (importlib.import_module(f"{__package__}.{found.name}") for found in pkgutil.iter_modules(folder.__path__))
    every = [module.DETECTOR for module in modules if hasattr(module, "DETECTOR")]
    every += installed(GROUP)
    for kind in ("code", "slug"):
        names = [getattr(detector, kind) for detector in every]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two detectors share the {kind} {', '.join(twice)}")
    return tuple(sorted(every, key=lambda detector: detector.code))


def find(name: str) -> Detector:
    """The detector of a code or slug, in any case; ConfigError suggests the nearest name."""
    by_name = {key: detector for detector in detectors() for key in (detector.code, detector.slug)}
    lowered = {key.lower(): detector for key, detector in by_name.items()}
    if name.lower() not in lowered:
        raise ConfigError(f"no detector {name!r}{_nearest(name, by_name)} Valid: {', '.join(d.slug for d in detectors())}")
    return lowered[name.lower()]


def explain(name: str) -> str:
    """The page of the detector with this code or slug."""
    return find(name).explain()


def codes() -> dict[str, str]:
    """Code to slug of every detector; cheap enough for `--help` (no table library is imported)."""
    return {detector.code: detector.slug for detector in detectors()}

"""Finds scenarios, sets their parameters, and runs one from start to teardown."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import pkgutil
import shutil
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from captures.lab import scenarios
from captures.lab.lab import Lab
from captures.lab.namespaces import LabError, undisturbed

TOOLS = {"ip": "iproute2", "nft": "nftables", "tcpdump": "tcpdump", "openssl": "openssl"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file of `scenarios/`."""

    name: str
    about: str
    parameters: Any
    run: Callable[[Lab, Any], Awaitable[dict[str, Any]]]

    @property
    def line(self) -> str:
        """The first line of its docstring."""
        return self.about.strip().splitlines()[0]

    def with_parameters(self, settings: tuple[str, ...]) -> Any:
        """Its parameters, changed by `key=value` texts."""
        known = {one.name: type(getattr(self.parameters, one.name)) for one in fields(self.parameters)}
        changes: dict[str, Any] = {}
        for setting in settings:
            key, _, value = setting.partition("=")
            if key not in known:
                raise LabError(f"{self.name} has no parameter {key!r}; it has: {', '.join(known)}")
            try:
                changes[key] = known[key](value)
            except ValueError:
                raise LabError(f"{key}={value}: not a {known[key].__name__}") from None
        return replace(self.parameters, **changes)


def load(name: str) -> Scenario:
    """One scenario by name."""
    if name not in names():
        raise LabError(f"no scenario {name!r}; `python captures/lab list` names all")
    module = importlib.import_module(f"{scenarios.__name__}.{name}")
    return Scenario(name, module.__doc__ or "", module.Parameters(), module.run)


def names() -> list[str]:
    """All scenarios."""
    return sorted(module.name for module in pkgutil.iter_modules(scenarios.__path__))


def missing() -> list[str]:
    """What keeps the lab from running here, in words."""
    lacks = [f"{tool} (Debian package {package})" for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if os.geteuid():
        lacks.insert(0, "root: it makes network namespaces")
    if not Path("/dev/net/tun").exists():
        lacks.append("/dev/net/tun")
    return lacks


def run(name: str, seed: int, out: Path, settings: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run one scenario; leaves `capture.pcap` and `truth.json` in `out`, and nothing else anywhere."""
    scenario = load(name)
    parameters = scenario.with_parameters(settings)
    if lacks := missing():
        raise LabError(f"the lab needs {'; '.join(lacks)}. `python captures/lab setup` installs packages")
    out.mkdir(parents=True, exist_ok=True)
    whole = asyncio.run(_run(scenario, parameters, seed, out))
    told = {"scenario": name, "about": scenario.line, "seed": seed, "settings": list(settings), "parameters": asdict(parameters)} | whole
    (out / "truth.json").write_text(json.dumps(told, indent=1, default=str) + "\n")
    return told


async def _run(scenario: Scenario, parameters: Any, seed: int, out: Path) -> dict[str, Any]:
    stack = ExitStack()
    try:
        return await scenario.run(Lab(stack, out, seed), parameters)
    finally:
        with undisturbed():
            stack.close()

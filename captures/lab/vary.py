"""Draws other parameters for a scenario, so that what was built on its defaults can be held against others."""

from __future__ import annotations

import random
from dataclasses import fields
from typing import Any

USUAL = (0.8, 1.35)
"""Factors that most parameters may be drawn between."""
FACTORS = {
    "burst_per_s": (1.0, 1.5),
    "hosts": (0.7, 1.05),  # of 191 addresses
    "limit": (0.75, 1.1),  # with the burst: every draw goes over the limit
    "loss": (0.7, 1.6),
    "mtu": (0.94, 1.03),
    "names": (1.0, 1.3),
    "penalty_s": (0.8, 1.4),
    "ports": (0.85, 1.25),
    "ttl": (0.5, 1.0),
}
"""Factors of those that bear less or more."""
KEPT = frozenset({"duration_s", "from_s", "until_s", "start_s", "middle_s", "quiet_s", "quiet_again_s", "gives_up_s", "pause_s"})
"""Parameters that others are made to fit. How long a run lasts follows from its penalty."""
ALLOTTED = {"snat_exhaustion": frozenset({"ports", "hold_s"})}
"""And those that are what some NAT documents."""


def vary(name: str, parameters: Any, seed: int) -> tuple[str, ...]:
    """Settings (`key=value`) for one seed; the same seed gives the same."""
    dice, settings = random.Random(f"{name} {seed}"), []  # noqa: S311
    for one in fields(parameters):
        before = getattr(parameters, one.name)
        if one.name in KEPT or one.name in ALLOTTED.get(name, ()):
            continue
        factor = dice.uniform(*FACTORS.get(one.name, USUAL))
        after = max(1, round(before * factor)) if isinstance(before, int) else round(before * factor, 3)
        if after != before:
            settings.append(f"{one.name}={after}")
            if one.name in ("penalty_s", "hold_s") and after > before:
                settings.append(f"duration_s={parameters.duration_s + 2 * (after - before):.3f}")
    return tuple(settings)

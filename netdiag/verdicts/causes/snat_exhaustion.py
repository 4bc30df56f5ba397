"""Weighs whether a NAT in front of the source ran out of ports."""

import numpy as np

from netdiag.findings.nats import PROFILES
from netdiag.findings.outcome import Outcome
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many, were
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "snat-exhaustion"
TITLE = "A NAT on the source's side has no port left"
ALLOTMENTS = tuple(sorted({profile.ports for profile in PROFILES if profile.ports <= 1024}, reverse=True))
"""Ports that a host gets from the NATs that give few (`findings.nats`); who has more does not run out towards one service."""
HOLD_S = 240.0
"""Longest time a NAT keeps a port after its last use (Azure's idle time-out)."""
NEAR = 0.05
"""A count this close below a profile counts as reaching it: some ports went to other destinations."""


def weigh(case: Case) -> Weighing:
    """SYNs fail in silence exactly while as many ports are in use as a profile allows, and succeed below."""
    silent, ok, times = case.silent, case.fared == Outcome.OK, case.rows["syn_ns"]
    accepted = np.sort(times[ok])
    in_use = np.searchsorted(accepted, times) - np.searchsorted(accepted, times - round(HOLD_S * 1e9))
    best = 0, 1.0, 0
    for profile in ALLOTMENTS:
        full = (in_use >= (1 - NEAR) * profile) & (in_use <= profile)
        inside = int((silent & full).sum())
        if inside and in_use[ok].max(initial=0) <= profile:
            p_value = fisher_exact(inside, int((ok & full).sum()), int((silent & ~full).sum()), int((ok & ~full).sum()))
            best = max(best, (inside, p_value, profile), key=lambda one: one[0] * (1 - one[1]))
    inside, p_value, profile = best
    if not inside:
        most = int(in_use[silent].max(initial=0))
        return Weighing(
            explained=0,
            possible=int(silent.sum()),
            reason=f"At most {many(most, 'port')} {were(most)} in use at a failure, which is no known limit.",
        )
    names = " or ".join(one.name for one in PROFILES if one.ports == profile)
    reason = f"{many(inside, 'SYN')} got no answer while close to {profile} ports were in use, the allotment of {names}."
    return Weighing(
        explained=inside,
        possible=int(silent.sum()),
        reason=reason,
        p_value=p_value,
        counts={"failed_when_full": inside, "profile": profile},
    )

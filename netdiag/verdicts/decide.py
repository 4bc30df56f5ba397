"""Decides for each source in trouble which cause explains it best, and what it could be instead."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from netdiag.findings.outcome import Outcome
from netdiag.findings.wording import many, were
from netdiag.verdicts import causes as folder
from netdiag.verdicts.case import Case, cases
from netdiag.verdicts.extent import LOSSY
from netdiag.verdicts.verdict import Cause, Verdict

if TYPE_CHECKING:
    from netdiag.connections.tables import Tables
    from netdiag.findings.finding import Finding

FLOOR = 0.01
"""Part of the attempts it could explain that every cause is granted without its marks."""
LEAST_WEIGHT = 0.01
"""Causes below this weight are left out, but never the second."""
UNSURE = 0.3
"""Confidence below which the summary says that no cause fits well."""
FAILING = 0.1
"""Share of the attempts that never got through from which on a source is failing; below, it had trouble."""
UNSEEN = ("capture_drops", "capture_holes", "one_sided")
"""What is missing from the capture may be what would tell otherwise."""
HOW = {
    Outcome.SILENT: "got no answer in time",
    Outcome.RESET: "{were} reset",
    Outcome.PROHIBITED: "{were} prohibited by ICMP",
    Outcome.UNREACHABLE: "drew an ICMP error",
    Outcome.WRONG_ACK: "{were} answered with an older connection's numbers",
}


def decide(tables: Tables, findings: Sequence[Finding]) -> list[Verdict]:
    """A verdict per source in trouble, sorted by source; healthy sources get none."""
    return sorted((_verdict(case, tables) for case in cases(tables, findings)), key=lambda verdict: verdict.source)


@cache
def known() -> tuple[ModuleType, ...]:
    """The cause modules, in the order of their names."""
    return tuple(importlib.import_module(f"{folder.__name__}.{found.name}") for found in pkgutil.iter_modules(folder.__path__))


def _verdict(case: Case, tables: Tables) -> Verdict:
    causes, covered = rank(case)
    bad = int(case.bad.sum())
    seen = min(1.0, bad / 5)  # a handful of failures can be anything
    unseen = any(tables.quality.get(name, 0) for name in UNSEEN)
    unseen |= tables.quality.get("unseen_data", 0) > LOSSY * len(tables.columns)
    confidence = round(causes[0].weight * covered * (0.5 + 0.5 * seen) * (0.8 if unseen else 1.0), 3)
    return Verdict(source=case.source, summary=_summary(case, causes, confidence), causes=causes, confidence=confidence)


def rank(case: Case) -> tuple[tuple[Cause, ...], float]:
    """All causes worth naming, likeliest first, weights summing to 1; and the share of bad attempts they explain together."""
    weighed = [(module.SLUG, module.TITLE, module.weigh(case)) for module in known()]
    scores = np.array([weighing.score + FLOOR * (weighing.possible + LEAST_WEIGHT) for _, _, weighing in weighed])
    order = sorted(range(len(weighed)), key=lambda i: (-scores[i], weighed[i][0]))
    kept = [i for place, i in enumerate(order) if place < 2 or (weighed[i][2].explained > 0 and scores[i] >= LEAST_WEIGHT * scores.sum())]
    weights = np.round(scores[kept] / scores[kept].sum(), 4)
    weights[0] = round(1.0 - float(weights[1:].sum()), 4)
    covered = min(1.0, sum(weighing.score for _, _, weighing in weighed) / int(case.bad.sum()))
    causes = tuple(
        Cause(
            slug=slug,
            title=title,
            weight=float(weight),
            p_value=w.p_value,
            reason=w.reason,
            counts={"explained": round(w.explained), **w.counts},
        )
        for weight, (slug, title, w) in zip(weights, (weighed[i] for i in kept), strict=True)
    )
    return causes, covered


def _summary(case: Case, causes: Sequence[Cause], confidence: float) -> str:
    bad, first, second = case.bad, causes[0], causes[1]
    ways = [f"{count:,} {text.format(were=were(count))}" for outcome, text in HOW.items() if (count := int((case.fared == outcome).sum()))]
    names, counts = np.unique(case.phase[case.stalled].astype(str), return_counts=True)
    ways += [f"{count:,} stalled in TLS ({name})" for name, count in zip(names, counts, strict=True)]
    since = np.datetime64(int(case.rows["syn_ns"][bad].min()), "ns")
    state, ended = _ended(case)
    reused, failed, known = case.reused, case.failed, case.known
    likelier = ""
    if reused.any() and first.slug != "tcp-state-collision":
        a, b, c, d = (int((x & known).sum()) for x in (failed & reused, reused, failed & ~reused, ~reused))
        likelier = f" From reused ports {a} of {many(b, 'attempt')} failed, from fresh ones {c} of {d}."
    fewer = f"it explains {second.counts['explained']} of them, not {first.counts['explained']}"
    behind = fewer if second.counts["explained"] < first.counts["explained"] else "its marks are less certain"
    return (
        f"{case.source} {state}: {int(bad.sum()):,} of {many(len(bad), 'connection attempt')} went wrong since {since}Z "
        f"({', '.join(ways)}); {ended}. "
        f"Likeliest cause ({first.weight:.0%}): {first.title} ({first.slug}). {first.reason} "
        f"Runner-up ({second.weight:.0%}): {second.slug}, second because {behind}. {second.reason}{likelier} "
        f"Confidence {confidence:.2f}{': the evidence fits no cause well' if confidence < UNSURE else ''}."
    )


def _ended(case: Case) -> tuple[str, str]:
    """What the source's state is called, and how the attempts that went wrong ended."""
    bad, late, moved = int(case.bad.sum()), int(case.late.sum()), int(case.moved.sum())
    through = late + moved
    lost = bad - through
    state = "is slow" if not lost else "is failing" if lost >= FAILING * len(case.bad) else "had trouble"
    told = f"{through:,} got through later" + (f" ({moved:,} by a retry from another port)" if moved else "")
    return state, f"{told}, {lost:,} did not" if lost and through else "none got through" if lost else told

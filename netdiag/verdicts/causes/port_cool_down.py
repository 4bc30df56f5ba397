"""Weighs whether something keeps a port closed for a while after its last use."""

import numpy as np

from netdiag.findings.outcome import Outcome
from netdiag.findings.significance import fisher_exact
from netdiag.findings.wording import many
from netdiag.verdicts.case import Case
from netdiag.verdicts.cause import Weighing

SLUG = "port-cool-down"
TITLE = "A device silently drops reused ports until a cool-down is over"
SEPARATION = 0.9
"""Share of pairs (failed, succeeded) that the gap must order rightly: a cool-down is a step, this allows for clocks and loss."""


def weigh(case: Case) -> Weighing:
    """Only reused ports fail, in silence, and whether they do is a step function of the gap."""
    reused, silent, ok = case.reused, case.silent, case.fared == Outcome.OK
    gap_s = case.rows["prev_gap_ns"].to_numpy() / 1e9
    failing, passing = gap_s[reused & silent], np.sort(gap_s[reused & ok])
    cells = [int((a & b).sum()) for b in (reused, ~reused) for a in (silent, ok)]
    p_value = fisher_exact(*cells)
    possible = int((case.failed & reused).sum())
    counts = {"reused_silent": cells[0], "reused_accepted": cells[1], "fresh_silent": cells[2], "fresh_accepted": cells[3]}
    if not failing.size:
        return Weighing(explained=0, possible=possible, reason="No SYN of a reused port was left without an answer.", counts=counts)
    ordered = float((len(passing) - np.searchsorted(passing, failing)).mean() / len(passing)) if passing.size else 0.0
    step = f"; the longest failing gap is {failing.max():.3g} s, the shortest accepted {passing[0]:.3g} s" if passing.size else ""
    return Weighing(
        explained=failing.size if ordered >= SEPARATION else 0,
        possible=possible,
        reason=f"{cells[0]} of {many(cells[0] + cells[1], 'reused port')} got no answer, {cells[2]} of {cells[2] + cells[3]} fresh{step}.",
        p_value=p_value,
        counts=counts,
    )

"""Sums up every source in one row, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netdiag.findings.outcome import FAILURES, outcomes

if TYPE_CHECKING:
    import pandas as pd

    from netdiag.findings.finding import Finding
    from netdiag.findings.labels import Labels
    from netdiag.verdicts.verdict import Verdict

COLUMNS = ("source", "label", "connections", "established", "failed", "stalled", "reused_ports", "severity", "verdict")


def sources_frame(
    connections: pd.DataFrame, last_ns: int, findings: Sequence[Finding], verdicts: Sequence[Verdict], labels: Labels | None = None
) -> pd.DataFrame:
    """One row per source.

    Parameters
    ----------
    connections : DataFrame
        `Tables.connections` with the column `tls_state` of `tls-handshake-stall`.
    last_ns : int
        End of the capture.
    labels : Labels, optional
        Names of populations.

    Returns
    -------
    DataFrame with COLUMNS. `failed`: attempts that were refused or left unanswered and not established later; `stalled`: TLS
    handshakes that stalled; `reused_ports`: distinct source ports used again; `severity`: of the worst finding, None without;
    `verdict`: the likeliest cause, None for a healthy source. Sorted by severity, failures, connections, then address.
    """
    import pandas as pd

    failed = ~connections["established"].to_numpy() & np.isin(outcomes(connections, last_ns), FAILURES)
    facts = pd.DataFrame(
        {
            "source": connections["src"],
            "connections": np.int64(1),
            "established": connections["established"].astype("int64"),
            "failed": failed.astype(np.int64),
            "stalled": (connections["tls_state"] == "stalled").astype("int64"),
        }
    )
    table = facts.groupby("source", observed=True, sort=False).sum().reset_index()
    table["source"] = table["source"].astype(object)
    reused = connections.loc[connections["reused"], ["src", "sport"]].drop_duplicates().groupby("src", observed=True).size()
    table["reused_ports"] = table["source"].map(reused.to_dict()).fillna(0).astype("int64")
    known = set(table["source"])
    extra = sorted({finding.source for finding in findings} - known)  # prefixes
    if extra:
        table = pd.concat([table, pd.DataFrame({"source": extra})], ignore_index=True).fillna(0)
    worst: dict[str, int] = {}
    for finding in findings:
        worst[finding.source] = max(worst.get(finding.source, 0), int(finding.severity))
    causes = {verdict.source: verdict.causes[0].slug for verdict in verdicts if verdict.causes}
    names = {int(finding.severity): str(finding.severity) for finding in findings}
    rank = table["source"].map(worst)
    table["severity"] = rank.map(names).astype(object).where(rank.notna(), None)
    table["verdict"] = table["source"].map(causes).astype(object)
    table["verdict"] = table["verdict"].where(table["verdict"].notna(), None)
    table["label"] = [labels.of(name) for name in table["source"].tolist()] if labels else ""
    table["rank"] = rank.fillna(-1)
    table = table.sort_values(
        ["rank", "failed", "stalled", "connections", "source"], ascending=[False, False, False, False, True], ignore_index=True
    )
    return table[list(COLUMNS)]

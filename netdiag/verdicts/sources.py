"""Sums up every source in one row, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import among, values
from netdiag.findings.groups import counts
from netdiag.findings.outcome import FAILURES, outcomes_of

if TYPE_CHECKING:
    import pandas as pd

    from netdiag.connections.tables import Tables
    from netdiag.findings.finding import Finding
    from netdiag.findings.labels import Labels
    from netdiag.verdicts.verdict import Verdict

COLUMNS = ("source", "label", "connections", "established", "failed", "stalled", "reused_ports", "severity", "verdict")


def sources_frame(tables: Tables, findings: Sequence[Finding], verdicts: Sequence[Verdict], labels: Labels | None = None) -> pd.DataFrame:
    """One row per source.

    Parameters
    ----------
    tables : Tables
        Its `connections` with the column `tls_state` of `tls-handshake-stall`.
    labels : Labels, optional
        Names of populations.

    Returns
    -------
    DataFrame with COLUMNS. `failed`: attempts that were refused or left unanswered and not established later; `stalled`: TLS
    handshakes that stalled; `reused_ports`: distinct source ports used again; `severity`: of the worst finding, None without;
    `verdict`: the likeliest cause, None for a healthy source. Sorted by severity, failures, connections, then address.
    """
    import pandas as pd

    connections = tables.connections
    failed = among(outcomes_of(tables), FAILURES) & ~connections["established"].to_numpy()
    source, addresses = values(connections, "src"), connections["src"].cat.categories
    many, stalled = len(addresses), (connections["tls_state"] == "stalled").to_numpy()
    kinds = {"connections": np.ones(len(source), bool), "established": connections["established"].to_numpy(), "failed": failed}
    kinds["stalled"] = stalled
    table = pd.DataFrame({"source": addresses.astype(object)})
    table = table.assign(**{name: counts(source, flags, many) for name, flags in kinds.items()})
    table["reused_ports"] = _reused_ports(connections, source, many)
    table = table[table["connections"] > 0]
    told = {finding.source for finding in findings}
    extra = sorted(told - set(table["source"][table["source"].isin(told)]))  # prefixes
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
    by_name = np.argsort(table["source"].to_numpy(), kind="stable")
    order = np.lexsort([-table[name].to_numpy()[by_name] for name in ("connections", "stalled", "failed", "rank")])
    return table[list(COLUMNS)].iloc[by_name[order]].reset_index(drop=True)


def _reused_ports(connections: pd.DataFrame, source: NDArray[Any], many: int) -> NDArray[np.int64]:
    """Ports of each source that were used again."""
    reused = connections["reused"].to_numpy()
    ports = np.unique((source[reused].astype(np.int64) << 16) + connections["sport"].to_numpy()[reused])
    return np.bincount(ports >> 16, minlength=many)

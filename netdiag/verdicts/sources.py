"""Sums up every source in one row, worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections.blocks import among, unique
from netdiag.findings.groups import counts
from netdiag.findings.outcome import FAILURES, outcomes_of

if TYPE_CHECKING:
    import pandas as pd

    from netdiag.connections.columns import Columns
    from netdiag.connections.tables import Tables
    from netdiag.findings.finding import Finding
    from netdiag.findings.labels import Labels
    from netdiag.verdicts.verdict import Verdict

COLUMNS = ("source", "label", "connections", "established", "failed", "stalled", "reused_ports", "severity", "verdict")


def sources(
    tables: Tables, findings: Sequence[Finding], verdicts: Sequence[Verdict], labels: Labels | None = None
) -> dict[str, NDArray[Any]]:
    """One row per source.

    Parameters
    ----------
    tables : Tables
        Its `columns` with `tls_state` of `tls-handshake-stall`.
    labels : Labels, optional
        Names of populations.

    Returns
    -------
    dict of COLUMNS to arrays, those of texts of dtype object. `failed`: attempts that were refused or left unanswered and not
    established later; `stalled`: TLS handshakes that stalled; `reused_ports`: distinct source ports used again; `severity`: of the worst
    finding, None without; `verdict`: the likeliest cause, None for a healthy source. Sorted by severity, failures, connections, then
    address.
    """
    counted = _counted(tables)
    seen = counted["connections"] > 0
    names: list[str] = tables.columns.texts("src")[seen].tolist()
    extra = sorted({finding.source for finding in findings}.difference(names))  # prefixes
    found: dict[str, NDArray[Any]] = {name: np.append(column[seen], np.zeros(len(extra), np.int64)) for name, column in counted.items()}
    names += extra
    worst: dict[str, int] = {}
    for finding in findings:
        worst[finding.source] = max(worst.get(finding.source, -1), int(finding.severity))
    causes = {verdict.source: verdict.causes[0].slug for verdict in verdicts if verdict.causes}
    said: dict[int, str | None] = {int(finding.severity): str(finding.severity) for finding in findings} | {-1: None}
    rank = np.array([worst.get(name, -1) for name in names], np.int64)
    found |= {"source": np.array(names, object), "label": np.array([labels.of(name) if labels else "" for name in names], object)}
    found["severity"] = np.array([said[at] for at in rank.tolist()], object)
    found["verdict"] = np.array([causes.get(name) for name in names], object)
    by_name = np.argsort(found["source"], kind="stable")
    order = np.lexsort([-column[by_name] for column in (found["connections"], found["stalled"], found["failed"], rank)])
    return {name: found[name][by_name[order]] for name in COLUMNS}


def sources_frame(columns: Mapping[str, NDArray[Any]]) -> pd.DataFrame:
    """What `sources` returns as a DataFrame, texts of dtype object: there None stays None."""
    import pandas as pd

    return pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in columns.items()})


def _counted(tables: Tables) -> dict[str, NDArray[np.int64]]:
    """What is counted of each source, by its code."""
    columns, source = tables.columns, tables.columns["src"]
    many = len(columns.texts("src"))
    kinds = {
        "connections": np.ones(len(source), bool),
        "established": columns["established"],
        "failed": among(outcomes_of(tables), FAILURES) & ~columns["established"],
        "stalled": columns.says("tls_state", "stalled"),
    }
    return {name: counts(source, flags, many) for name, flags in kinds.items()} | {"reused_ports": _reused_ports(columns, many)}


def _reused_ports(columns: Columns, many: int) -> NDArray[np.int64]:
    """Ports of each of `many` sources that were used again."""
    reused = columns["reused"]
    ports = unique((columns["src"][reused].astype(np.int64) << 16) + columns["sport"][reused])
    return np.bincount(ports >> 16, minlength=many)

"""Cites connections and packets of a table in a finding: references, evidence and a Wireshark filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from netdiag.findings.finding import ConnectionRef, Evidence

if TYPE_CHECKING:
    import pandas as pd

CONNECTIONS = 1000
"""Most connections a finding lists; see `listed`."""
EVIDENCE = 20
"""Most packets a finding cites."""
FILTER_PORTS = 40
"""Most ports in a display filter: Wireshark takes more, people do not."""


def connection_refs(rows: pd.DataFrame, phases: Sequence[str] | None = None) -> tuple[ConnectionRef, ...]:
    """The first CONNECTIONS rows by time, each with its phase if `phases` (one per row) is given."""
    order = np.lexsort((rows["id"].to_numpy(), rows["first_ns"].to_numpy()))[:CONNECTIONS]
    named = list(phases) if phases is not None else [None] * len(rows)
    columns = [rows[name].to_numpy()[order].tolist() for name in ("id", "src", "sport", "dst", "dport", "first_ns")]
    return tuple(
        ConnectionRef(id=i, src=str(src), sport=sport, dst=str(dst), dport=dport, first_ns=first, phase=named[at])
        for at, i, src, sport, dst, dport, first in zip(order.tolist(), *columns, strict=True)
    )


def listed(rows: pd.DataFrame) -> dict[str, int]:
    """The metric that says how many connections there are where connection_refs() lists fewer; else nothing."""
    return {"connections_total": len(rows), "connections_listed": CONNECTIONS} if len(rows) > CONNECTIONS else {}


def evidence(rows: pd.DataFrame, roles: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Up to EVIDENCE packets of the first rows, in capture order.

    Parameters
    ----------
    rows : DataFrame
        Connections, the best examples first.
    roles : mapping
        Column prefix (`syn` for `syn_ref` and `syn_ns`) to what that packet proves.
    """
    cited: dict[int, Evidence] = {}
    per_row = [(rows[f"{p}_ref"].to_numpy().tolist(), rows[f"{p}_ns"].to_numpy().tolist(), role) for p, role in roles.items()]
    for at in range(min(len(rows), EVIDENCE)):
        packets = {refs[at]: Evidence(ref=refs[at], time_ns=times[at], role=role) for refs, times, role in per_row if refs[at] > 0}
        if len(cited | packets) > EVIDENCE:
            break
        cited |= {ref: packet for ref, packet in packets.items() if ref not in cited}
    return tuple(sorted(cited.values(), key=lambda packet: packet.ref))


def display_filter(rows: pd.DataFrame) -> str:
    """A Wireshark display filter that shows the rows' packets: originators and up to FILTER_PORTS ports, first seen first."""
    if not len(rows):
        return ""
    rows = rows.sort_values(["first_ns", "id"], kind="stable")
    hosts = [str(host) for host in rows["src"].drop_duplicates().tolist()[:FILTER_PORTS]]
    ports = sorted(rows["sport"].drop_duplicates().tolist()[:FILTER_PORTS])
    by_family = {"ip": [h for h in hosts if ":" not in h], "ipv6": [h for h in hosts if ":" in h]}
    parts = [_one_of(f"{family}.addr", members) for family, members in by_family.items() if members]
    host_part = parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"
    return f"{host_part} && {_one_of('tcp.port', [str(port) for port in ports])}"


def _one_of(field: str, values: Sequence[str]) -> str:
    return f"{field} == {values[0]}" if len(values) == 1 else f"{field} in {{{', '.join(values)}}}"

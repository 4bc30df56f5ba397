"""Cites connections and packets of a table in a finding: references, evidence and a Wireshark filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.findings.finding import ConnectionRef, Evidence

if TYPE_CHECKING:
    from netdiag.connections.columns import Columns

CONNECTIONS = 1000
"""Most connections a finding lists; see `listed`."""
EVIDENCE = 20
"""Most packets a finding cites."""
CITED = ("id", "src", "sport", "dst", "dport", "first_ns")
"""What tells of a connection."""
FILTER_PORTS = 40
"""Most ports in a display filter: Wireshark takes more, people do not."""


def connection_refs(rows: Columns, phases: Sequence[str] | None = None) -> tuple[ConnectionRef, ...]:
    """The first CONNECTIONS rows by time, each with its phase if `phases` (one per row) is given."""
    order = np.lexsort((rows["id"], rows["first_ns"]))[:CONNECTIONS]
    cited = rows.taken(order, CITED)
    named = list(phases) if phases is not None else [None] * len(rows)
    columns = [(cited.words(name) if name in ("src", "dst") else cited[name]).tolist() for name in CITED]
    return tuple(
        ConnectionRef(id=i, src=str(src), sport=sport, dst=str(dst), dport=dport, first_ns=first, phase=named[at])
        for at, i, src, sport, dst, dport, first in zip(order.tolist(), *columns, strict=True)
    )


def listed(rows: Columns) -> dict[str, int]:
    """The metric that says how many connections there are where connection_refs() lists fewer; else nothing."""
    return {"connections_total": len(rows), "connections_listed": CONNECTIONS} if len(rows) > CONNECTIONS else {}


def evidence(rows: Columns, roles: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Up to EVIDENCE packets of the first rows, in capture order.

    Parameters
    ----------
    rows : Columns
        Connections, the best examples first.
    roles : mapping
        Column prefix (`syn` for `syn_ref` and `syn_ns`) to what that packet proves.
    """
    cited: dict[int, Evidence] = {}
    per_row = [(rows[f"{p}_ref"].tolist(), rows[f"{p}_ns"].tolist(), role) for p, role in roles.items()]
    for at in range(min(len(rows), EVIDENCE)):
        packets = {refs[at]: Evidence(ref=refs[at], time_ns=times[at], role=role) for refs, times, role in per_row if refs[at] > 0}
        if len(cited | packets) > EVIDENCE:
            break
        cited |= {ref: packet for ref, packet in packets.items() if ref not in cited}
    return tuple(sorted(cited.values(), key=lambda packet: packet.ref))


def display_filter(rows: Columns) -> str:
    """A Wireshark display filter that shows the rows' packets: originators and up to FILTER_PORTS ports, first seen first."""
    if not len(rows):
        return ""
    rows = rows.taken(slice(None), ("first_ns", "id", "src", "sport")).ordered("first_ns", "id")
    hosts = [str(rows.texts("src")[code]) for code in _first_seen(rows["src"])]
    ports = sorted(_first_seen(rows["sport"]))
    by_family = {"ip": [h for h in hosts if ":" not in h], "ipv6": [h for h in hosts if ":" in h]}
    parts = [_one_of(f"{family}.addr", members) for family, members in by_family.items() if members]
    host_part = parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"
    return f"{host_part} && {_one_of('tcp.port', [str(port) for port in ports])}"


def _first_seen(values: NDArray[Any]) -> list[int]:
    """The distinct values that come first, FILTER_PORTS at most."""
    found, first = np.unique(values, return_index=True)
    seen: list[int] = found[np.argsort(first)][:FILTER_PORTS].tolist()
    return seen


def _one_of(field: str, values: Sequence[str]) -> str:
    return f"{field} == {values[0]}" if len(values) == 1 else f"{field} in {{{', '.join(values)}}}"

"""Shows the table of connections: the columns of `netdiag connections` first, then every other fact.

Times of the first columns are RFC 3339; frames are 1-based numbers in the file of index `file`. What was not seen is empty
in CSV and null in NDJSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.capture.ref import REF_FILE_SHIFT, REF_FRAME_MASK
from netdiag.reports.community_id import community_id
from netdiag.reports.document import plain
from netdiag.reports.table import separated

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 4096
"""Rows turned into text at a time."""
TLS_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1.0", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
LISTED = [
    "first",
    "last",
    "src",
    "sport",
    "dst",
    "dport",
    "conn_state",
    "history",
    "syn_count",
    "synack_count",
    "established",
    "rtt_us",
    "packets_out",
    "packets_in",
    "bytes_out",
    "bytes_in",
    "retrans_out",
    "retrans_in",
    "rst_out",
    "rst_in",
    "reused",
    "reuse_gap_us",
    "sni",
    "alpn",
    "tls_version",
    "client_hello_frame",
    "server_hello_frame",
    "syn_frame",
    "tls_state",
    "stall_phase",
    "stall_us",
    "stall_outcome",
    "community_id",
    "file",
]
"""Columns that come first, in this order."""


def flows(connections: pd.DataFrame) -> dict[str, list[Any]]:
    """The table as shown: column name to its values as Python writes them, None for what was not seen.

    Parameters
    ----------
    connections : DataFrame
        `Result.connections`: the facts of `Tables.connections` and the judgement of `tls-handshake-stall`.
    """
    c = connections
    seen_before = c["reused"].to_numpy(bool)
    shown: dict[str, list[Any]] = {
        "first": _times(c["first_ns"]),
        "last": _times(c["last_ns"]),
        "established": c["established"].to_numpy(bool).astype(int).tolist(),
        "rtt_us": _known(c["rtt_ns"].to_numpy() // 1000, c["rtt_ns"].to_numpy() > 0),
        "reused": seen_before.astype(int).tolist(),
        "reuse_gap_us": _known(c["prev_gap_ns"].to_numpy() // 1000, seen_before),
        "tls_version": [TLS_VERSIONS.get(version, f"0x{version:04x}") if version else None for version in c["tls_version"].tolist()],
        "client_hello_frame": _frames(c["hello_ref"]),
        "server_hello_frame": _frames(c["server_hello_ref"]),
        "syn_frame": _frames(c["syn_ref"]),
        "stall_us": _known(c["stall_us"].to_numpy(), c["stall_phase"].to_numpy() != ""),
        "community_id": _community_ids(c),
        "file": (c["first_ref"].to_numpy() >> REF_FILE_SHIFT).tolist(),
    }
    facts = {str(name): _fact(c[name]) for name in c.columns if name not in shown}
    columns = shown | facts
    return {name: columns[name] for name in (*LISTED, *(name for name in columns if name not in LISTED))}


def csv_lines(connections: pd.DataFrame) -> Iterator[str]:
    """The table as CSV, cells disarmed."""
    return separated(list(flows(connections.iloc[:0])), (row for _, rows in _blocks(connections) for row in rows))


def ndjson_lines(connections: pd.DataFrame) -> Iterator[str]:
    """The table as one JSON object per row."""
    encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
    return (encode(dict(zip(names, row, strict=True))) for names, rows in _blocks(connections) for row in rows)


def _blocks(connections: pd.DataFrame) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    """Column names and rows, BLOCK rows at a time: the whole table as Python objects would be many times its size."""
    for start in range(0, len(connections), BLOCK):
        columns = flows(connections.iloc[start : start + BLOCK])
        yield list(columns), zip(*columns.values(), strict=True)


def _fact(column: pd.Series[Any]) -> list[Any]:
    if column.dtype.kind in "iuf":
        return column.tolist()
    if column.dtype.kind == "b":
        return column.astype(int).tolist()
    return [plain(text) for text in column.astype(object).where(column.notna(), None).tolist()]


def _times(ns: pd.Series[Any]) -> list[str]:
    return [f"{text}Z" for text in np.datetime_as_string(ns.to_numpy().astype("datetime64[ns]"), unit="ns").tolist()]


def _frames(refs: pd.Series[Any]) -> list[int | None]:
    return _known(refs.to_numpy() & REF_FRAME_MASK, refs.to_numpy() > 0)


def _known(values: NDArray[Any], known: NDArray[np.bool_]) -> list[Any]:
    return [value if is_known else None for value, is_known in zip(values.tolist(), known.tolist(), strict=True)]


def _community_ids(c: pd.DataFrame) -> list[str]:
    ends = (c[name].tolist() for name in ("src", "sport", "dst", "dport"))
    return [community_id(src, sport, dst, dport) for src, sport, dst, dport in zip(*ends, strict=True)]

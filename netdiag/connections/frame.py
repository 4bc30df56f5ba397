"""Lays the tracker's rows out as the DataFrame that detectors read, with what follows from them."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections import addresses, history, names, spill
from netdiag.connections.connection import HOT, ROW, SIDE, WAITS, Mark, Phase
from netdiag.connections.state import FORGOTTEN, KNOWS_ACKED, KNOWS_NEXT, ROWS, State

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 1024
"""Rows laid out at a time: they fit a second-level cache."""

COLD_ROWS = 1 << 16
"""Rows laid out between two times that memory is given back, if they lie in files."""

CONN_STATES = ("S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH")

_ADDRESSES = {"src": ("src_hi", "src_lo"), "dst": ("dst_hi", "dst_lo"), "icmp_from": ("icmp_from_hi", "icmp_from_lo")}
_HALVES = {half for pair in _ADDRESSES.values() for half in pair}
_TEXTS = {"sni", "alpn"}
_HISTORY = {"history_lo", "history_hi", "history_seen"}


def connections_frame(state: State, let_go: Callable[[], None] = lambda: None) -> pd.DataFrame:
    """One row per connection, ordered by id; columns as `Tables.connections` says. `let_go` gives back the memory of rows laid out."""
    import pandas as pd

    count = int(state.meta[ROWS])
    rows, live, out, back = state.rows[:count], state.live[:count], state.sides[: 2 * count : 2], state.sides[1 : 2 * count : 2]
    columns: dict[str, Any] = {"id": np.arange(count)}
    for name, (hi, lo) in _ADDRESSES.items():
        table = live if hi in (live.dtype.names or ()) else rows
        columns[name] = addresses.categorical(table[hi], table[lo])
    hidden = _HALVES | _TEXTS | _HISTORY | {"id"}
    for table, fields in ((live, HOT), (rows, ROW)):
        columns |= _columns(table, {name: name for name, _, _ in fields if name not in hidden}, let_go)
    for side, facts in (("out", out), ("in", back)):
        columns |= _columns(facts, {template.format(side): template.replace("_{}", "") for template, _, _ in SIDE}, let_go)
    for (name, _, _), phase in zip(WAITS, range(1, len(Phase)), strict=True):
        columns[name] = state.waits[:count, phase].copy()
    if state.meta[FORGOTTEN]:
        columns |= {name: _renumbered(columns[name], rows["id"]) for name in ("prev_id", "wrong_ack_id")}
    labels = names.texts(state)
    for name in sorted(_TEXTS):
        columns[name] = pd.Categorical.from_codes(rows[name], categories=pd.Index(labels, dtype=object))
    columns["history"] = history.categorical(rows["history_lo"], rows["history_hi"])
    columns["marks"] = live["marks"] | _gaps(out, Mark.GAP_OUT) | _gaps(back, Mark.GAP_IN)
    columns["partial"] = (live["marks"] & Mark.PARTIAL) > 0
    columns["established"] = rows["ack_ns"] > 0
    columns["reused"] = rows["prev_id"] >= 0
    columns["conn_state"] = pd.Categorical.from_codes(conn_state(rows, out, back), categories=pd.Index(CONN_STATES, dtype=object))
    return pd.DataFrame(columns, copy=False)


def _renumbered(ids: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ids of rows as places among the `kept` ones, which are in order."""
    return np.where(ids >= 0, np.searchsorted(kept, ids), -1)


def _columns(table: NDArray[Any], fields: dict[str, str], let_go: Callable[[], None]) -> dict[str, NDArray[Any]]:
    """Contiguous copies of a structured array's fields, block by block so that each row is fetched from memory once.

    Blocks of zeros are not written: what never happened in a capture (alerts, ICMP errors) costs no memory.
    """
    columns, mapped = spill.columns({name: table.dtype[field] for name, field in fields.items()}, len(table))
    for start in range(0, len(table), BLOCK):
        if start % COLD_ROWS == 0 and mapped:
            let_go()
            mapped.madvise(mmap.MADV_DONTNEED)
        block = table[start : start + BLOCK]
        for name, field in fields.items():
            if (values := block[field]).any():
                columns[name][start : start + BLOCK] = values
    return columns


def _gaps(side: NDArray[Any], mark: Mark) -> NDArray[np.uint32]:
    """`mark` where the peer acknowledged bytes that the capture does not hold."""
    known = (side["known"] & (KNOWS_NEXT | KNOWS_ACKED)) == (KNOWS_NEXT | KNOWS_ACKED)
    beyond = (side["acked"] - side["next"]).astype(np.int32) > 0
    hole = (side["hole"] > 0) & ((side["acked"] - side["hole_end"]).astype(np.int32) >= 0)
    found: NDArray[np.uint32] = np.where(known & (beyond | hole), np.uint32(mark), np.uint32(0))
    return found


def conn_state(rows: NDArray[Any], out: NDArray[Any], back: NDArray[Any]) -> NDArray[np.int8]:
    """Zeek's conn_state of each row as an index into CONN_STATES (Zeek documentation, base/protocols/conn/main)."""
    syn, synack = rows["syn_count"] > 0, rows["synack_count"] > 0
    established = rows["ack_ns"] > 0
    fin_out, fin_in = out["fin_ns"] > 0, back["fin_ns"] > 0
    rst_out, rst_in = out["rst"] > 0, back["rst"] > 0
    out_first = rst_out & (~rst_in | (out["rst_ns"] <= back["rst_ns"]))
    code = {name: np.int8(index) for index, name in enumerate(CONN_STATES)}
    whole = syn & (synack | established)
    choices = [
        (~syn & synack & rst_in, "RSTRH"),
        (~syn & synack & fin_in & ~fin_out & ~established, "SHR"),
        (~syn, "OTH"),
        (whole & out_first, "RSTO"),
        (whole & rst_in, "RSTR"),
        (whole & fin_out & fin_in, "SF"),
        (whole & fin_out, "S2"),
        (whole & fin_in, "S3"),
        (whole, "S1"),
        (rst_in & ~out_first, "REJ"),
        (rst_out, "RSTOS0"),
        (fin_out, "SH"),
    ]
    chosen: NDArray[np.int8] = np.select([test for test, _ in choices], [code[name] for _, name in choices], code["S0"]).astype(np.int8)
    return chosen

"""Lays the tracker's rows out as the columns that detectors read, with what follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections import addresses, history, names
from netdiag.connections.blocks import blocks
from netdiag.connections.coded import coded
from netdiag.connections.columns import Coded, Columns
from netdiag.connections.connection import CONNECTION, FIELDS, HOT, PHASES, ROW, SIDE, WAITS, Mark
from netdiag.connections.layout import columns
from netdiag.connections.state import FORGOTTEN, KNOWS_ACKED, KNOWS_NEXT, LIVE, SIDE_STATE, State

CONN_STATES = ("S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH")

_ADDRESSES = {"src": ("src_hi", "src_lo"), "dst": ("dst_hi", "dst_lo"), "icmp_from": ("icmp_from_hi", "icmp_from_lo")}
_TEXTS = ("alpn", "sni")
_SIDES = ("out", "in")
_SPACE = ("known", "next", "acked", "hole", "hole_end")
"""Of a side's state, what tells of bytes that the capture does not hold."""
_TOLD = ("partial", "established", "reused")
_DERIVED = (
    {name: np.dtype(np.int32) for name in (*_ADDRESSES, "history")}
    | {name: np.dtype(bool) for name in _TOLD}
    | {"conn_state": np.dtype(np.int8)}
)
"""Columns that follow from the facts, and lie beside them."""


def derived(state: State) -> Columns:
    """One row per connection, ordered by id; columns as `Tables.connections` says."""
    found = _facts(state)
    for part in blocks(len(found["id"])):
        _derive({name: column[part] for name, column in found.items()})
    for name in (f"{name}_{side}" for name in _SPACE for side in _SIDES):
        del found[name]
    _renumber(found, bool(state.meta[FORGOTTEN]))
    made: dict[str, NDArray[Any] | Coded] = {"id": found.pop("id")}
    for name, halves in _ADDRESSES.items():
        hi, lo = (found.pop(half) for half in halves)
        made[name] = addresses.numbered(hi, lo, found[name])
    lo, hi = found.pop("history_lo"), found.pop("history_hi")
    made |= {name: found[name] for name, _, _ in FIELDS if name in found}
    labels = names.texts(state)
    made |= {name: coded(found[name], labels) for name in _TEXTS}
    made["history"] = history.numbered(lo, hi, found["history"])
    made |= {name: found[name] for name in _TOLD}
    made["conn_state"] = Coded(found["conn_state"], np.array(CONN_STATES, object))
    return Columns(made)


def _facts(state: State) -> dict[str, Any]:
    """Every field of the connections as a column, `_SPACE` of each side, and zeros where something is derived."""
    fields = _fields(LIVE, 0, {name: name for name, _, _ in HOT if name != "history_seen"})
    at = LIVE.itemsize
    for side in _SIDES:
        names = {template.format(side): template.replace("_{}", "") for template, _, _ in SIDE}
        fields |= _fields(SIDE_STATE, at, names | {f"{name}_{side}": name for name in _SPACE})
        at += SIDE_STATE.itemsize
    fields |= _fields(CONNECTION, at, {name: name for name, _, _ in ROW})
    at += CONNECTION.itemsize
    wait = np.dtype(np.int64)
    fields |= {name: (wait, at + phase * wait.itemsize) for (name, _, _), phase in zip(WAITS, range(1, PHASES), strict=True)}
    return columns(state, fields, _DERIVED)


def _fields(kind: np.dtype[Any], start: int, names: dict[str, str]) -> dict[str, tuple[np.dtype[Any], int]]:
    """Columns by name: dtype and place in the flat row of a table's fields, which begin at byte `start` of it."""
    places: Any = kind.fields
    return {name: (places[field][0], start + places[field][1]) for name, field in names.items()}


def _derive(found: dict[str, Any]) -> None:
    """Fill in what follows from the facts of some connections."""
    found["marks"] |= _gaps(found, "out", Mark.GAP_OUT) | _gaps(found, "in", Mark.GAP_IN)
    found["partial"][:] = (found["marks"] & Mark.PARTIAL) > 0
    found["established"][:] = found["ack_ns"] > 0
    found["reused"][:] = found["prev_id"] >= 0
    found["conn_state"][:] = conn_state(found)


def _renumber(found: dict[str, Any], gaps: bool) -> None:
    """Number connections by their place; ids, which are in order, have gaps where some were forgotten."""
    ids = found["id"]
    for name in ("prev_id", "wrong_ack_id") if gaps else ():
        for part in blocks(len(ids)):
            known = found[name][part]
            known[:] = np.where(known >= 0, np.searchsorted(ids, known), -1)
    for part in blocks(len(ids) if gaps else 0):
        ids[part] = np.arange(part.start, part.stop)


def _gaps(found: dict[str, Any], side: str, mark: Mark) -> NDArray[np.uint32]:
    """`mark` where the peer acknowledged bytes that the capture does not hold."""
    knows, following, acked, hole, hole_end = (found[f"{name}_{side}"] for name in _SPACE)
    known = (knows & (KNOWS_NEXT | KNOWS_ACKED)) == (KNOWS_NEXT | KNOWS_ACKED)
    beyond = (acked - following).astype(np.int32) > 0
    passed = (hole > 0) & ((acked - hole_end).astype(np.int32) >= 0)
    marked: NDArray[np.uint32] = np.where(known & (beyond | passed), np.uint32(mark), np.uint32(0))
    return marked


def conn_state(found: dict[str, Any]) -> NDArray[np.int8]:
    """Zeek's conn_state of each row as an index into CONN_STATES (Zeek documentation, base/protocols/conn/main)."""
    syn, synack = found["syn_count"] > 0, found["synack_count"] > 0
    established = found["ack_ns"] > 0
    fin_out, fin_in = found["fin_out_ns"] > 0, found["fin_in_ns"] > 0
    rst_out, rst_in = found["rst_out"] > 0, found["rst_in"] > 0
    out_first = rst_out & (~rst_in | (found["rst_out_ns"] <= found["rst_in_ns"]))
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

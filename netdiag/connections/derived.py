"""Lays the tracker's rows out as the columns that detectors read, with what follows from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.connections import addresses, history, names
from netdiag.connections.blocks import blocks
from netdiag.connections.coded import coded
from netdiag.connections.columns import Coded, Columns, Later
from netdiag.connections.connection import CONNECTION, FIELDS, HOT, PHASES, ROW, SIDE, WAITS, Mark
from netdiag.connections.layout import columns
from netdiag.connections.pairs import distinct
from netdiag.connections.state import FORGOTTEN, KNOWS_ACKED, KNOWS_NEXT, LIVE, SETTLED, SIDE_STATE, State, new_state

CONN_STATES = ("S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH")

_ADDRESSES = {"src": ("src_hi", "src_lo"), "dst": ("dst_hi", "dst_lo"), "icmp_from": ("icmp_from_hi", "icmp_from_lo")}
_SIDES = ("out", "in")
_SPACE = ("known", "next", "acked", "hole", "hole_end")
"""Of a side's state, what tells of bytes that the capture does not hold."""
_SPACES = tuple(f"{name}_{side}" for name in _SPACE for side in _SIDES)
_TOLD = ("partial", "established", "reused")
LATER_BYTES = 1 << 8
"""Where settled rows take less than this per connection, everything is laid out at once: they would be kept for little. In a small capture
hardly any are settled; a lone SYN takes 192 bytes, a whole TLS connection 375."""
_DERIVED = {name: np.dtype(np.int32) for name in ("src", "dst")} | {name: np.dtype(bool) for name in _TOLD}
_DERIVED_LATER = {name: np.dtype(np.int32) for name in ("icmp_from", "history")} | {"conn_state": np.dtype(np.int8)}
"""Columns that follow from the facts, and lie beside them: beside those that are asked for first, and beside the others."""
_FACTS = [name for name, _, _ in FIELDS if not name.endswith(("_hi", "_lo")) and name not in ("id", "history_seen")]
_NAMES = ("id", *_ADDRESSES, *_FACTS, "history", *_TOLD, "conn_state")
"""The columns, in their order."""
# fmt: off
_ASKED = (
    "id", "src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "marks", "first_ns", "last_ns", *_SPACES,
    "syn_ns", "syn_ref", "syn_count", "syn_tsval", "synack_ns", "synack_ref", "synack_count", "synack_window", "ack_ns", "rtt_ns",
    "answer", "answer_ns", "wrong_acks", "wrong_ack_id", "wrong_synacks", "icmp_type", "icmp_code", "icmp_version", "prev_id",
    "tls", "sni", "hello_ns", "hello_done_ref", "server_hello_ns", "tls_done_ns", "phase", "phase_ns", "quit_by", "quit_ns",
    "alert_level", "alert_by", "alert_ns", "rst_out",
    *(f"{name}_{side}" for name in ("packets", "bytes", "isn", "ttl", "data_after_rst") for side in _SIDES),
    *(f"rst_{side}_{name}" for name in ("ns", "ttl", "ahead") for side in _SIDES),
    *(name for name, _, _ in WAITS),
)
# fmt: on
"""Facts that judges ask of every connection: half of them. The others, most of which say where something is in the capture, are asked for
when one is in trouble, and laid out then."""
_ENDS = ("syn_count", "synack_count", "ack_ns", "fin_out_ns", "fin_in_ns", "rst_out", "rst_in", "rst_out_ns", "rst_in_ns")
"""What `conn_state` is told by."""


def load() -> None:
    """Have the compiled loops at hand: the last packets need not wait for them."""
    columns(new_state(1, 0), {}, {})
    distinct(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.int32))


def derived(state: State) -> Columns:
    """One row per connection, ordered by id; columns as `Tables.connections` says.

    `state` must not change any more. As long as some of its facts are not laid out, it is kept, with the files in which its rows may lie.
    """
    found = columns(state, {name: _PLACES[name] for name in _ASKED}, _DERIVED)
    for part in blocks(len(found["id"])):
        _derive({name: column[part] for name, column in found.items()})
    for name in _SPACES:
        del found[name]
    _renumber(found, bool(state.meta[FORGOTTEN]))
    labels = names.texts(state)
    asked: dict[str, Any] = dict(found)
    asked |= {name: _addresses(found, name, zeros="::") for name in ("src", "dst")}
    asked["sni"] = coded(found["sni"], labels)
    ends = {name: found[name] for name in _ENDS if name in found}
    later = Later(lambda: _others(state, ends, labels))
    made = Columns({name: asked.get(name, later) for name in _NAMES})
    if state.meta[SETTLED] < LATER_BYTES * len(made):
        made.column("conn_state")
    return made


def _others(state: State, ends: dict[str, Any], labels: NDArray[np.object_]) -> dict[str, NDArray[Any] | Coded]:
    """The columns that nobody asked for until now; `ends` are those of `_ENDS` that are there already."""
    others = columns(state, {name: place for name, place in _PLACES.items() if name not in _ASKED}, _DERIVED_LATER)
    ends = {name: ends.get(name, others.get(name)) for name in _ENDS}
    for part in blocks(len(others["conn_state"])):
        others["conn_state"][part] = conn_state({name: column[part] for name, column in ends.items()})
    made: dict[str, NDArray[Any] | Coded] = dict(others)
    made["icmp_from"] = _addresses(others, "icmp_from", zeros="")
    made["alpn"] = coded(others["alpn"], labels)
    made["history"] = history.numbered(others["history_lo"], others["history_hi"], others["history"])
    made["conn_state"] = Coded(others["conn_state"], np.array(CONN_STATES, object))
    return {name: made[name] for name in _NAMES if name in made}


def _addresses(found: dict[str, Any], name: str, zeros: str) -> Coded:
    """A column of addresses from their halves, which are not needed any more."""
    hi, lo = (found.pop(half) for half in _ADDRESSES[name])
    return addresses.numbered(hi, lo, found[name], zeros=zeros)


def _places() -> dict[str, tuple[np.dtype[Any], int]]:
    """Every field of a connection, and `_SPACES`, by name: dtype and place in its flat row."""
    places = _fields(LIVE, 0, {name: name for name, _, _ in HOT if name != "history_seen"})
    at = LIVE.itemsize
    for side in _SIDES:
        facts = {template.format(side): template.replace("_{}", "") for template, _, _ in SIDE}
        places |= _fields(SIDE_STATE, at, facts | {f"{name}_{side}": name for name in _SPACE})
        at += SIDE_STATE.itemsize
    places |= _fields(CONNECTION, at, {name: name for name, _, _ in ROW})
    at += CONNECTION.itemsize
    wait = np.dtype(np.int64)
    return places | {name: (wait, at + phase * wait.itemsize) for (name, _, _), phase in zip(WAITS, range(1, PHASES), strict=True)}


def _fields(kind: np.dtype[Any], start: int, names: dict[str, str]) -> dict[str, tuple[np.dtype[Any], int]]:
    """Columns by name: dtype and place in the flat row of a table's fields, which begin at byte `start` of it."""
    places: Any = kind.fields
    return {name: (places[field][0], start + places[field][1]) for name, field in names.items()}


_PLACES = _places()


def _derive(found: dict[str, Any]) -> None:
    """Fill in what follows from the facts of some connections."""
    found["marks"] |= _gaps(found, "out", Mark.GAP_OUT) | _gaps(found, "in", Mark.GAP_IN)
    found["partial"][:] = (found["marks"] & Mark.PARTIAL) > 0
    found["established"][:] = found["ack_ns"] > 0
    found["reused"][:] = found["prev_id"] >= 0


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

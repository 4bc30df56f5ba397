"""Holds what every test may use: where captures lie, and tables made of a few rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from netdiag.connections.columns import Columns
from netdiag.connections.connection import FIELDS, Answer, Mark
from netdiag.connections.tables import Tables

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def captures() -> Path:
    """Folder of the bundled captures: one folder each, with `capture.pcap`."""
    return ROOT / "captures"


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.fail(f"this test reads ../shared/{name}, which must lie beside the project: {folder} does not exist", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def behaviours() -> Path:
    """Folder of the captures of real Linux behaviour in ../shared."""
    return _shared("captures/behaviours")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of the open captures of other tools in ../shared."""
    return _shared("corpus/open")


@pytest.fixture(scope="session")
def tables_of() -> Callable[..., Tables]:
    """Makes `Tables` from a few rows: each a mapping of the columns that matter, everything else is as if not seen."""
    return _tables


@pytest.fixture(scope="session")
def attempt() -> Callable[..., dict[str, Any]]:
    """Makes a row of one connection attempt: when (s), from which port, and how its SYN fared."""
    return _attempt


START = 1_700_000_000 * 10**9


def _attempt(at_s: float, sport: int = 40000, how: str = "ok", **more: Any) -> dict[str, Any]:
    """`how`: ok (established and closed within 10 ms), open (established, never closed), silent, reset, prohibited or wrong-ack."""
    ns = START + round(at_s * SECOND)
    ref = round(at_s * 1e6) + 1
    row: dict[str, Any] = {
        "sport": sport,
        "first_ns": ns,
        "first_ref": ref,
        "syn_ns": ns,
        "syn_last_ns": ns,
        "syn_ref": ref,
        "syn_count": 1,
    }
    row |= {"isn_out": (sport * 7919 + ref) % 2**32, "packets_out": 1, "marks": Mark.SEEN_OUT, "last_ns": ns}
    replied = {
        "answer_ns": ns + 10**6,
        "answer_ref": ref + 1,
        "packets_in": 1,
        "marks": Mark.SEEN_OUT | Mark.SEEN_IN,
        "last_ns": ns + 10**6,
    }
    if how in ("ok", "open"):
        row |= replied | {
            "answer": Answer.SYN_ACK,
            "synack_ns": ns + 10**6,
            "synack_ref": ref + 1,
            "synack_count": 1,
            "synack_window": 65535,
        }
        row |= {"ack_ns": ns + 2 * 10**6, "ack_ref": ref + 2, "rtt_ns": 2 * 10**6, "packets_out": 4, "packets_in": 4}
        if how == "ok":
            row |= {"fin_out_ns": ns + 10**7, "fin_in_ns": ns + 10**7, "last_ns": ns + 10**7}
    elif how == "reset":
        row |= replied | {"answer": Answer.RESET, "rst_in": 1, "rst_in_ns": ns + 10**6, "rst_in_ref": ref + 1}
    elif how == "prohibited":
        row |= replied | {"answer": Answer.ICMP, "icmp_count": 1, "icmp_ns": ns + 10**6, "icmp_ref": ref + 1}
        row |= {"icmp_version": 4, "icmp_type": 3, "icmp_code": 13}
    elif how == "wrong-ack":
        row |= replied | {"answer": Answer.WRONG_ACK, "wrong_acks": 1, "wrong_ack_ns": ns + 10**6, "wrong_ack_ref": ref + 1, "rst_out": 1}
    return row | more


ADDRESSES = {"src": "192.0.2.7", "dst": "198.51.100.1", "icmp_from": ""}
MISSING = {"id": -1, "prev_id": -1, "wrong_ack_id": -1, "isn_step": -1, "sport": 40000, "dport": 443}
HALVES = ("_hi", "_lo")
SECOND = 1_000_000_000


def _tables(*rows: dict[str, Any], last_ns: int | None = None, quality: dict[str, int] | None = None) -> Tables:
    """Rows get ids in their order; `sni`, `alpn` and `history` are text; derived columns follow from the facts given."""
    names = [name for name, _, _ in FIELDS if not name.endswith(HALVES) and name not in {"sni", "alpn", "history_seen"}]
    kinds = {name: kind for name, kind, _ in FIELDS}
    columns: dict[str, Any] = {
        name: np.array([row.get(name, at if name == "id" else MISSING.get(name, 0)) for at, row in enumerate(rows)], kinds[name])
        for name in names
    }
    for name in ("src", "dst", "icmp_from"):
        columns[name] = pd.Categorical([row.get(name, ADDRESSES[name]) for row in rows])
    for name in ("sni", "alpn", "history"):
        columns[name] = pd.Categorical([row.get(name) for row in rows])
    columns["conn_state"] = pd.Categorical([row.get("conn_state", "OTH") for row in rows])
    columns["partial"] = (columns["marks"] & Mark.PARTIAL) > 0
    columns["established"] = columns["ack_ns"] > 0
    columns["reused"] = columns["prev_id"] >= 0
    frame = pd.DataFrame(columns)
    times = frame[[name for name in names if name.endswith("_ns") and not name.startswith(("wait_", "prev_", "rtt_"))]].to_numpy()
    return Tables(
        columns=Columns.of(frame),
        first_ns=int(times[times > 0].min()) if times.any() else 0,
        last_ns=int(times.max(initial=0)) + 10 * SECOND if last_ns is None else last_ns,
        quality=quality or {},
    )

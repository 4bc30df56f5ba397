"""Judging takes little memory beside the table of connections, in whatever order its rows are and whatever some of them lack.

A long capture has millions of connections, nearly all of them healthy: whoever copies their rows, or holds many numbers for each of
them at once, needs gigabytes. Bytes are counted, not seconds, so the numbers are the same everywhere.
"""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from netdiag.connections import blocks
from netdiag.connections.columns import Columns
from netdiag.connections.connection import Mark, Tls
from netdiag.connections.tables import Tables
from netdiag.detectors import tls_handshake_stall as stalls
from netdiag.detectors.detector import Detector, detectors
from netdiag.findings.finding import Finding
from netdiag.verdicts.decide import decide
from netdiag.verdicts.extent import extent
from netdiag.verdicts.sources import sources

ROWS, SOURCES, STEP_NS = 40_000, 2_000, 5_000_000
BUSY = 0.05
"""Share of the first source, busy enough that loss alone makes everybody look at it."""
MOST = 40
"""Bytes per connection beside the table and what is kept of the judgement."""
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def few(tables_of: Make, attempt: Make) -> Tables:
    """One row of each kind: a whole handshake, one whose first SYN was lost, a reset, one that stalled, one without its beginning."""
    whole = attempt(0)
    ns = whole["syn_ns"]
    hello = {"hello_ns": ns + 3 * 10**6, "hello_done_ns": ns + 3 * 10**6, "hello_ref": 7, "bytes_out": 500, "bytes_in": 4000}
    whole |= hello | {"tls": Tls.TLS, "tls_done_ns": ns + 6 * 10**6, "phase_ns": ns + 6 * 10**6, "ttl_out": 60, "ttl_in": 60}
    late = {"syn_count": 2, "syn_last_ns": ns + 10**9, "synack_ns": ns + 10**9 + 10**6, "answer_ns": ns + 10**9 + 10**6, "packets_out": 5}
    partial = {"syn_ns": 0, "syn_ref": 0, "syn_count": 0, "answer": 0, "marks": whole["marks"] | Mark.PARTIAL}
    made: Tables = tables_of(
        whole,
        whole | late,
        whole | {"tls_done_ns": 0, "quit_ns": ns + 4 * 10**6, "quit_by": 2, "rst_in": 1, "rst_in_ns": ns + 4 * 10**6},
        whole | {"wait_3_ns": 3 * 10**9, "wait_ns": 3 * 10**9, "wait_phase": 3},
        whole | partial,
    )
    return made


def many(few: Tables, kinds: list[float], services: int, shuffled: bool) -> Tables:
    """Tables of ROWS connections, of each kind of the `few` the share that `kinds` says; every column by itself, as a capture's are."""
    dice = np.random.default_rng(1)
    kind, since = dice.choice(len(kinds), ROWS, p=kinds), np.arange(ROWS) * STEP_NS
    if shuffled:  # packets that arrived a little out of order
        since = since[np.argsort(np.arange(ROWS) + dice.integers(0, 50, ROWS), kind="stable")]
    columns: dict[str, Any] = {}
    for name, column in few.connections.items():
        values = column.array[kind]
        if name.endswith("_ns") and not name.startswith(("wait_", "prev_", "rtt_")):
            values = np.where(values > 0, values + since, 0)
        columns[str(name)] = np.asarray(values) if column.dtype != "category" else values
    source = np.where(dice.random(ROWS) < BUSY, 0, dice.integers(0, SOURCES, ROWS)).astype(np.int32)
    for name, code in (("src", source), ("dst", dice.integers(0, services, ROWS).astype(np.int32))):
        addresses = [f"{10 if name == 'src' else 20}.0.{at // 250}.{at % 250}" for at in range(max(SOURCES, services))]
        columns[name] = pd.Categorical.from_codes(code, categories=pd.Index(addresses, dtype=object))
    columns |= {"id": np.arange(ROWS), "sport": dice.integers(1024, 1 << 16, ROWS).astype(np.uint16)}
    again = dice.random(ROWS) < 0.002
    columns |= {"prev_id": np.where(again, 0, -1), "reused": again, "prev_gap_ns": np.where(again, 10**11, 0)}
    times = columns["last_ns"]
    return Tables(Columns.of(pd.DataFrame(columns, copy=False)), int(times.min()), int(times.max()) + 10**10)


CAPTURES = {
    "every kind of trouble now and then": ([0.978, 0.02, 0.001, 0.001, 0.0], 1, False),
    "some begun before the capture": ([0.878, 0.02, 0.001, 0.001, 0.1], 1, False),
    "out of order": ([0.878, 0.02, 0.001, 0.001, 0.1], 1, True),
    "many services": ([0.878, 0.02, 0.001, 0.001, 0.1], 1_000, True),
}


@pytest.fixture(scope="module", params=CAPTURES.values(), ids=CAPTURES)
def tables(few: Tables, request: pytest.FixtureRequest) -> Tables:
    return many(few, *request.param)


@pytest.fixture(autouse=True)
def counted(few: Tables) -> Iterator[None]:
    """Blocks that are small beside the table, as they are beside a capture's; imports and caches are not counted."""
    _all(replace(few))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "ROWS", ROWS // 64)
        tracemalloc.start(1)
        yield
        tracemalloc.stop()


def _bytes(work: Callable[[], object]) -> float:
    """Per connection, what `work` had allocated at its peak beyond what it left."""
    tracemalloc.reset_peak()
    kept = work()
    left, peak = tracemalloc.get_traced_memory()
    assert kept is not None
    return (peak - left) / ROWS


def _judged(tables: Tables) -> Tables:
    return replace(tables, columns=tables.columns.joined(stalls.judge(tables, stalls.DETECTOR.thresholds)))


def _all(tables: Tables) -> None:
    found = [finding for each in detectors() for finding in each.detect(tables)]
    _summed(_judged(tables), found)


def _summed(judged: Tables, found: list[Finding]) -> object:
    verdicts = decide(judged, found)
    return extent(sources(judged, found, verdicts), judged.columns, verdicts, judged.quality)


@pytest.mark.parametrize("detector", detectors(), ids=lambda detector: detector.slug)
def test_a_detector(tables: Tables, detector: Detector) -> None:
    assert _bytes(lambda: detector.detect(replace(tables))) <= MOST


def test_verdicts_and_sources(tables: Tables) -> None:
    judged = _judged(replace(tables))
    assert _bytes(lambda: decide(judged, [])) <= MOST
    assert _bytes(lambda: _summed(judged, [])) <= MOST

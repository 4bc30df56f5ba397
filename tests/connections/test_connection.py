"""The contract's names are unique and complete."""

import numpy as np

from netdiag.connections.connection import CONNECTION, FIELDS, PHASES, ROW, WAITS, Phase


def test_names_are_unique():
    names = [name for name, _, _ in FIELDS]
    assert len(names) == len(set(names))


def test_times_have_references():
    names = {name for name, _, _ in ROW}
    alone = {"syn_last_ns", "synack_last_ns", "rtt_ns", "prev_gap_ns", "hello_acked_ns", "wait_ns", "wait_start_ns"}
    assert {name for name in names if name.endswith("_ns") and name[:-3] + "_ref" not in names} - {"wait_ns"} == alone - {"wait_ns"}


def test_one_wait_per_phase():
    assert len(WAITS) == PHASES - 1 == len(Phase) - 1


def test_rows_are_aligned():
    assert CONNECTION.isalignedstruct
    assert CONNECTION.itemsize % np.dtype("i8").itemsize == 0

"""Rows come in order, whatever the chunks, and everything is counted by file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netdiag.capture.record import NO_TIME, Chunk
from netdiag.capture.ref import REF_FILE_SHIFT
from netdiag.capture.slab import SCRATCH
from netdiag.packets import decode as module
from netdiag.packets import walk
from netdiag.packets.decode import BATCH, COUNTED, MOST_INTERFACES, Decoder
from netdiag.packets.packet import Layer, Oddity

Frames = Callable[..., Chunk]
Segment = Callable[..., bytes]
ETHER = bytes(12) + b"\x08\x00"


def test_counted_names_say_what_info_prints() -> None:
    assert (
        *("packets", "ipv4", "ipv6", "tcp", "udp", "icmp", "icmpv6"),
        *("syn", "syn_ack", "rst", "fin", "dns", "quic", "wireguard"),
    ) == COUNTED


def test_more_packets_than_a_batch_come_in_order(chunk: Frames, segment: Segment) -> None:
    frames = chunk([ETHER + segment()] * (BATCH + 3))
    decoder = Decoder(1)
    batches = [batch["ref"].copy() for batch in decoder.rows(frames)]
    assert [len(batch) for batch in batches] == [BATCH, 3]
    assert np.concatenate(batches).tolist() == list(range(1, BATCH + 4))


def test_rows_are_cleared_before_they_are_used_again(chunk: Frames, decode_chunks: Any, segment: Segment) -> None:
    decoder = Decoder(1)
    decode_chunks([chunk([ETHER + segment()])], decoder)
    (row,) = decode_chunks([chunk([b""], first=2)], decoder)
    assert {name: int(row[name]) for name in row.dtype.names if row[name]} == {
        "ts_ns": 2_000_000,
        "ref": 2,
        "oddities": int(Oddity.TRUNCATED),
    }


def test_counts_are_kept_by_file_and_add_up(chunk: Frames, segment: Segment) -> None:
    frames = chunk(
        [ETHER + segment(flags=0x02), ETHER + segment(flags=0x12), ETHER + segment(flags=0x14), b"\x00" * 14, ETHER + segment(flags=1)]
    )
    frames.records["ref"][1::2] |= 2 << REF_FILE_SHIFT
    decoder = Decoder(3)
    for _ in range(2):
        for _ in decoder.rows(frames):
            pass
        frames.records["ts_ns"] += 10**9
    tables = [dict(zip(COUNTED, row.tolist(), strict=True)) for row in decoder.counts]
    wanted = dict.fromkeys(COUNTED, 0)
    assert tables[0] == wanted | {"packets": 6, "ipv4": 6, "tcp": 6, "syn": 2, "rst": 2, "fin": 2}
    assert tables[1] == wanted
    assert tables[2] == wanted | {"packets": 4, "ipv4": 2, "tcp": 2, "syn_ack": 2}
    assert decoder.oddities[2].tolist() == [0, 2] + [0] * (len(Oddity) - 2)
    assert not decoder.oddities[:2].any()


def test_an_empty_chunk_has_no_batches(chunk: Frames) -> None:
    assert list(Decoder(1).rows(chunk([]))) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("offset", -1), ("offset", 2), ("captured", -1), ("captured", 99), ("offset", 2**63 - 1), ("ref", 1 << REF_FILE_SHIFT), ("ref", -1)],
)
def test_a_chunk_that_breaks_its_contract_is_refused(chunk: Frames, field: str, value: int) -> None:
    frames = chunk([bytes(14)])
    frames.records[field] = value
    with pytest.raises(ValueError, match="record"):
        list(Decoder(1).rows(frames))


def test_a_chunk_needs_scratch_space(chunk: Frames) -> None:
    frames = chunk([bytes(14)])
    frames.buffer = frames.buffer[: frames.used + SCRATCH - 1]
    with pytest.raises(ValueError, match="room"):
        list(Decoder(1).rows(frames))


def test_a_clock_that_steps_back_is_marked_per_interface(chunk: Frames, decode_chunks: Any) -> None:
    ms = 1_000_000
    frames = chunk([bytes(14)] * 6, ts_ns=[10 * ms, 9 * ms, 8 * ms - 1, 1 * ms, 20 * ms, 1])
    frames.records["interface"] = [0, 0, 0, 1, 1, 0]
    frames.records["flags"][5] = NO_TIME
    rows = decode_chunks([frames])
    marks = rows["oddities"] & (Oddity.CLOCK_BACKWARDS | Oddity.NO_TIMESTAMP)
    assert marks.tolist() == [0, 0, Oddity.CLOCK_BACKWARDS, 0, 0, Oddity.NO_TIMESTAMP]


def test_the_clock_is_watched_over_chunks_and_of_a_bounded_number_of_interfaces(chunk: Frames, decode_chunks: Any) -> None:
    decoder = Decoder(1)
    rows = decode_chunks([chunk([bytes(14)], ts_ns=[10**9]), chunk([bytes(14)], ts_ns=[1])], decoder)
    assert (rows["oddities"] & Oddity.CLOCK_BACKWARDS).tolist() == [0, Oddity.CLOCK_BACKWARDS]
    far = chunk([bytes(14)] * 2, ts_ns=[10**9, 1])
    far.records["interface"] = 2**31 - 1
    assert not (decode_chunks([far], decoder)["oddities"] & Oddity.CLOCK_BACKWARDS).any()
    many = chunk([bytes(14)] * 400, ts_ns=[10**9] * 200 + [1] * 200)
    many.records["interface"] = [*range(200)] * 2
    assert (decode_chunks([many], decoder)["oddities"] & Oddity.CLOCK_BACKWARDS).tolist() == [0] * 200 + [Oddity.CLOCK_BACKWARDS] * 200
    assert decoder._latest.size <= MOST_INTERFACES


def test_snaplen_cut(decode: Any, segment: Segment) -> None:
    row = decode([((ETHER + segment(b"x" * 100))[:60], 154)])[0]
    assert (row["payload"], row["captured"]) == (100, 6)
    assert row["oddities"] == Oddity.SNAPLEN_CUT


def test_nesting_is_bounded(decode: Any, segment: Segment) -> None:
    tagged = bytes(12) + b"\x81\x00\x00\x05" * 60 + b"\x08\x00" + segment()
    row = decode([tagged])[0]
    assert row["oddities"] == Oddity.TOO_DEEP
    assert row["version"] == 0


def test_every_kind_of_header_has_its_step() -> None:
    kinds = re.findall(r"^(\w[\w, ]+) = range\(", Path(walk.__file__).read_text(), re.MULTILINE)
    names = {name.strip() for line in kinds for name in line.split(",")}
    asked = set(re.findall(r"kind == walk\.(\w+)", Path(module.__file__).read_text()))
    assert names - asked == {"STOP", "ANY_IP"}, "the last one needs no question"


def test_layers_fit_the_tally() -> None:
    decoder = Decoder(1)
    assert sum(Layer) < decoder._tally.size

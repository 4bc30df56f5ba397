"""Hostile packets end in tables: nothing crashes, nothing hangs, and what the tracker keeps stays in bounds.

numba does not check bounds. `test_with_checked_bounds` runs this file once more in a process whose kernels do
(NUMBA_BOUNDSCHECK=1), compiled into a cache of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netdiag.analyze import analyze
from netdiag.connections.derived import derived
from netdiag.connections.state import ARENA, FREE, NAMES, ROWS, SETTLED, SLOT_BYTES, SLOT_RANGES
from netdiag.connections.tracker import Tracker
from netdiag.errors import CaptureError
from netdiag.packets.packet import ACK, FIN, PACKET, PSH, RST, SYN, Layer

CHECKED = os.environ.get("NUMBA_BOUNDSCHECK") == "1"
FLAGS = np.array([SYN, SYN | ACK, ACK, ACK, ACK | PSH, ACK | PSH, ACK | FIN, RST, RST | ACK, SYN | FIN, SYN | RST, FIN, 0x1FF, 0])
SEEDS = (
    "corpus/open/nDPI_tls_invalid_reads.pcap",
    "corpus/open/nDPI_tls_with_huge_ch.pcapng",
    "corpus/open/nDPI_heuristic_tcp_ack_payload.pcap",
    "corpus/open/suricata-verify_tls-duplicate-hello-input.pcap",
    "corpus/open/suricata-verify_with_evasion_linux.pcap",
    "corpus/open/zeek_handshake-reorder.pcap",
    "corpus/open/zeek_tls-fragmented-handshake.pcap.gz",
    "corpus/open/zeek_client-certificate.pcap",
    "corpus/open/zeek_hrr.pcap",
    "corpus/open/zeek_fragmented-syn.pcap",
    "corpus/open/zeek_icmp-destunreach-udp.pcap",
    "captures/behaviours/port_reuse_states.pcap",
    "captures/behaviours/tls_stall_cert_flight_blackholed_serverside.pcap",
)
"""Captures whose bytes are flipped: small, and together they reach every part of the tracker."""


def hostile_rows(rng: np.random.Generator, payload: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """Rows that keep PACKET's contract and nothing else: few endpoints, near numbers, times that jump."""
    rows = np.zeros(count, PACKET)
    ends = rng.integers(0, 3, (2, count))
    for side, host in zip(("src", "dst"), ends, strict=True):
        rows[f"{side}_lo"] = (0xFFFF << 32) + host
    rows["sport"], rows["dport"] = (443 + end % 2 * rng.integers(0, 3, count) for end in ends)
    rows["ts_ns"] = 10**18 + rng.choice([1, 10**6, 10**9, -(10**9), 10**13], count, p=[0.5, 0.3, 0.15, 0.04, 0.01]).cumsum()
    rows["ts_ns"][rng.random(count) < 0.001] = rng.choice([0, -(1 << 63), (1 << 63) - 1])
    rows["ref"] = np.arange(count) + 1
    base = rng.choice(np.array([0, 1000, 0xFFFFFF00], np.uint32), (2, count))
    rows["seq"], rows["ack"] = base + rng.integers(0, 3000, (2, count), np.uint32)
    rows["flags"] = rng.choice(FLAGS, count)
    rows["proto"] = rng.choice([6, 6, 6, 6, 6, 6, 6, 1, 58, 17], count)
    rows["quoted_proto"] = np.where(rows["proto"] == 6, 0, rng.choice([0, 6, 17], count))
    rows["layers"] = int(Layer.TCP)
    for name in ("tsval", "scope", "window", "mss", "ip_id", "checksum", "options", "wscale", "icmp_type", "icmp_code", "ttl", "interface"):
        rows[name] = rng.integers(0, 3, count)
    size = rng.choice([0, 0, 1, 5, 6, 9, 100, 517, 1448, 16000, 70000], count)
    rows["payload_at"] = rng.integers(0, len(payload) - size + 1)
    rows["payload"] = size
    rows["captured"] = np.where(rng.random(count) < 0.9, size, rng.integers(0, size + 1))
    rows["payload"][rng.random(count) < 0.001] = (1 << 31) - 1
    return rows


def hostile_payload(rng: np.random.Generator, hellos: bytes) -> np.ndarray[Any, Any]:
    """Much that looks like TLS, some of it damaged."""
    parts = []
    for _ in range(60):
        piece = bytearray(hellos)
        for _ in range(int(rng.integers(0, 4))):
            piece[int(rng.integers(0, len(piece)))] = int(rng.integers(0, 256))
        parts += [bytes(piece), rng.integers(0, 256, int(rng.integers(0, 400)), np.uint8).tobytes(), b"\x15\x03\x03\x00\x02\x02\x28" * 3]
    return np.frombuffer(b"".join(parts) + bytes(70000), np.uint8).copy()


def assert_in_bounds(tracker: Tracker) -> None:
    state = tracker.state
    count = int(state.meta[ROWS])
    assert (state.table == 0).any()
    assert (state.table & (len(state.table) - 1)).max() <= count
    links, sides, taken = state.links[:count], state.sides, np.flatnonzero(state.holders >= 0)
    assert (links["older"] < np.arange(count)).all()
    assert (links["at"][state.holders[taken]] == taken).all()
    assert (links["at"] >= 0).sum() == taken.size == len(state.holders) - int(state.meta[FREE])
    assert sorted([*taken, *state.free[: int(state.meta[FREE])]]) == list(range(len(state.holders)))
    assert (links["at"] >= -int(state.meta[SETTLED])).all()
    assert (sides["record_left"] >= 0).all()
    assert (sides["message_left"] >= 0).all()
    held = np.flatnonzero(state.slot_owner >= 0)
    assert (sides["slot"][state.slot_owner[held]] == held).all()
    assert (sides["slot"][(2 * taken[:, None] + [0, 1]).reshape(-1)] >= 0).sum() == held.size
    ranges = state.slot_ranges[held].reshape(-1, SLOT_RANGES, 2)
    assert (ranges >= 0).all()
    assert (ranges <= SLOT_BYTES).all()
    assert (ranges[..., 0] <= ranges[..., 1]).all()
    names = state.names[: int(state.meta[NAMES])]
    assert (names.sum(axis=1) <= int(state.meta[ARENA])).all()
    for name in ("sni", "alpn"):
        assert state.rows[name][taken].max(initial=-1) < len(names)


@pytest.mark.parametrize("seed", range(20))
def test_hostile_rows(seed: int, tls: Any) -> None:
    rng = np.random.default_rng(seed)
    hello = tls.record(22, tls.client_hello(pad=int(rng.integers(1, 17000)) if seed % 3 else 0))
    payload = hostile_payload(rng, hello + tls.record(22, tls.server_hello(0x0303 + seed % 2, retry=seed % 5 == 0)) + tls.record(20, b"\1"))
    rows, tracker = hostile_rows(rng, payload, 20_000), Tracker(1, seed, *[256] * (seed % 3 == 1))
    for at in range(0, len(rows), 3000):
        tracker.feed(rows[at : at + 3000], payload)
        assert_in_bounds(tracker)
        if seed % 4 == 0:
            tracker.settle()
            assert_in_bounds(tracker)
    frame = derived(tracker.state).frame
    assert len(frame) > 10
    counted = (rows["proto"] == 6) & (rows["flags"] != 0)
    assert int(frame["packets_out"].sum() + frame["packets_in"].sum()) + tracker.duplicates <= counted.sum()


@pytest.mark.parametrize("name", SEEDS)
def test_flipped_bits(name: str, behaviours: Path, tmp_path: Path) -> None:
    original = (behaviours.parents[1] / name).read_bytes()
    rng, readable = np.random.default_rng(len(original)), 0
    for flips in (1, 3, 10, 30, 100, 300, 1000, 3000):
        data = np.frombuffer(original, np.uint8).copy()
        at = rng.integers(24, data.size, flips)
        data[at] ^= (1 << rng.integers(0, 8, flips)).astype(np.uint8)
        (tmp_path / "flipped").write_bytes(data.tobytes())
        try:
            document = analyze(tmp_path / "flipped").document()
        except CaptureError:
            continue  # the first record, or the compression, is damaged
        readable += document["inputs"][0]["packets"] > 0
    assert readable


@pytest.mark.skipif(CHECKED, reason="is this very run")
def test_with_checked_bounds(tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = tmp_path_factory.mktemp("checked")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", __file__],
        env=os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(cache)},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:]

"""Any bytes give rows: nothing crashes, nothing outside a packet is read, and payloads stay inside the buffer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netdiag.capture.capture import Capture
from netdiag.capture.record import RECORD, Chunk
from netdiag.capture.slab import SCRATCH
from netdiag.packets.decode import Decoder
from netdiag.packets.links import FIRST_HEADERS

SEEDS = (
    "nDPI_tls_invalid_reads.pcap",
    "PcapPlusPlus_ipv6_options.pcap",
    "PcapPlusPlus_ip6_fragments.pcap",
    "zeek_vxlan-triple-v2.pcap",
    "zeek_geneve-many-options.pcap",
    "zeek_gre-within-gre.pcap",
    "zeek_erspan.pcap",
    "zeek_gre-aruba.pcap",
    "zeek_pppoe-over-qinq.pcap",
    "zeek_mixed-vlan-mpls.pcap",
    "zeek_gtp1_gn_normal_incl_fragmentation.pcap",
    "zeek_Teredo.pcap",
    "zeek_cisco-fabric-path.pcap",
    "zeek_radiotap.pcap",
    "zeek_nflog-http.pcap",
    "zeek_tcp-fast-open.pcap",
    "zeek_icmp-destunreach-udp.pcap",
    "nDPI_capwap.pcap",
    "nDPI_wireguard.pcap",
    "nDPI_someip_sd_sample.pcap",
    "suricata-verify_frag-15.pcap",
    "suricata-verify_decode-sll2-01-input.pcap",
    "tcpdump_LINKTYPE_PKTAP.pcap",
    "tcpdump_bigtcp-ipv6.pcap",
    "tcpdump_mpls-over-udp.pcap",
)
"""Captures whose packets are cut and damaged: together they hold every header that is decoded."""

Packet = tuple[bytes, int]


def surrounded(packets: Sequence[Packet], filling: int, links: Sequence[int]) -> NDArray[Any]:
    """Rows of the packets, each between 64 bytes of `filling`; positions count from the packet or the scratch area."""
    gap = bytes([filling]) * 64
    data = gap + b"".join(frame + gap for frame, _ in packets)
    buffer = np.full(len(data) + SCRATCH, filling, np.uint8)
    buffer[: len(data)] = np.frombuffer(data, np.uint8)
    records = np.zeros(len(packets), RECORD)
    records["captured"] = [len(frame) for frame, _ in packets]
    records["wire"] = [wire for _, wire in packets]
    records["offset"] = np.cumsum(records["captured"] + 64) - records["captured"]
    records["ref"] = np.arange(len(packets)) + 1
    records["link"] = links
    batches = [batch.copy() for batch in Decoder(1).rows(Chunk(buffer, len(data), records))]
    rows = np.concatenate(batches)
    at, end = rows["payload_at"], rows["payload_at"] + rows["captured"]
    assert (rows["captured"] >= 0).all()
    assert (rows["captured"] <= rows["payload"]).all()
    inside = (at >= records["offset"]) & (end <= records["offset"] + records["captured"])
    reassembled = (at >= len(data)) & (end <= len(data) + SCRATCH)
    assert (inside | reassembled | ((at == 0) & (rows["captured"] == 0))).all()
    rows["payload_at"] -= np.where(inside, records["offset"], np.where(reassembled, len(data), 0))
    return rows


def hold(packets: Sequence[Packet], links: Sequence[int]) -> None:
    """The laws: rows are in bounds and the same whatever lies around the packets."""
    zeros, ones = surrounded(packets, 0x00, links), surrounded(packets, 0xFF, links)
    assert (zeros == ones).all()


@pytest.fixture(scope="module")
def seeds(corpus: Path) -> list[tuple[bytes, int]]:
    """Some packets of every seed capture, each with its link type."""
    packets = []
    for name in SEEDS:
        found = []
        for chunk in Capture([corpus / name]).chunks():
            for record in chunk.records[:2000]:
                begin = int(record["offset"])
                found.append((chunk.buffer[begin : begin + int(record["captured"])].tobytes()[:2000], int(record["link"])))
        step = max(len(found) // 8, 1)
        packets += found[::step]
    return packets


def test_truncation_at_every_length(seeds: list[tuple[bytes, int]]) -> None:
    for frame, link in seeds:
        cut = [(frame[:n], len(frame)) for n in range(min(len(frame), 300) + 1)]
        hold(cut, [link] * len(cut))


def test_damaged_packets(seeds: list[tuple[bytes, int]]) -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        damaged = []
        for frame, _ in seeds:
            content = np.frombuffer(frame, np.uint8).copy()
            where = random.integers(0, min(content.size, 120), 4)
            content[where] = random.choice([0, 1, 4, 6, 8, 0x3F, 0x45, 0x60, 0x7F, 0x80, 0xFF], 4)
            damaged.append((content.tobytes(), len(frame)))
        hold(damaged, [link for _, link in seeds])


def test_every_packet_under_every_link_type(seeds: list[tuple[bytes, int]]) -> None:
    for link in FIRST_HEADERS:
        hold([(frame, len(frame)) for frame, _ in seeds], [link] * len(seeds))


LINKS = st.sampled_from([*sorted(FIRST_HEADERS), -1, 2, 511, 512, 2**31 - 1])
WORDS = st.sampled_from(
    [b"\x45\x00", b"\x60\x00", b"\x08\x00", b"\x86\xdd", b"\x81\x00", b"\x88\x47", b"\x00\x11", b"\x06\x06", b"\x2f\x04"]
)
NOISE = st.lists(st.one_of(st.binary(max_size=12), WORDS), max_size=20).map(b"".join)


@given(packets=st.lists(st.tuples(NOISE, st.integers(0, 2**31 - 1)), min_size=1, max_size=20), link=LINKS)
@settings(max_examples=200, deadline=None)
def test_arbitrary_bytes(packets: list[Packet], link: int) -> None:
    hold(packets, [link] * len(packets))


def test_random_bytes_of_every_link_type() -> None:
    random = np.random.default_rng(11)
    noise = [random.bytes(int(size)) for size in random.integers(0, 200, 400)]
    for link in [*FIRST_HEADERS, 147]:
        hold([(frame, len(frame) + 10) for frame in noise], [link] * len(noise))


def test_rows_do_not_depend_on_the_cut_into_chunks(seeds: list[tuple[bytes, int]], chunk: Callable[..., Chunk], decode_chunks: Any) -> None:
    frames, links = [frame for frame, _ in seeds], [link for _, link in seeds]
    together = decode_chunks([chunk(frames, links)])
    apart = decode_chunks([chunk([frame], link, first=n + 1) for n, (frame, link) in enumerate(seeds)], Decoder(1))
    together["payload_at"] = apart["payload_at"] = 0
    assert (together == apart).all()

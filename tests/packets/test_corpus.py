"""Counts of headers equal tshark's on every capture of the open corpus."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from netdiag.capture.capture import Capture
from netdiag.errors import CaptureError
from netdiag.packets.decode import COUNTED, Decoder

COLUMNS = {
    "ipv4": "packets_ipv4",
    "ipv6": "packets_ipv6",
    "tcp": "tcp_packets",
    "udp": "udp_packets",
    "syn": "tcp_syn",
    "syn_ack": "tcp_synack",
    "rst": "tcp_rst",
    "fin": "tcp_fin",
    "icmp + icmpv6": "icmp_packets",
    "dns": "dns_packets",
    "wireguard": "wg_packets",
}
"""Our column and tshark's. QUIC is not compared: tshark counts short headers too, which are a matter of connections."""

DIFFERENCES = {
    ("tcpdump_bigtcp-ipv6.pcap", "tcp"): "an IPv6 length of 0 without a jumbo option (BIG TCP): tshark 4.0 takes it for an empty datagram",
    ("suricata-verify_fuzz.pcap", "ipv4"): "a damaged file header: tshark guesses a variant of the format and reads another packet from it",
    ("suricata-verify_fuzz.pcap", "tcp"): "as above",
    ("suricata-verify_frag-15.pcap", "icmp + icmpv6"): "fragments of 65543 bytes, more than a datagram may have (frame 60 objects to it)",
    ("nDPI_someip_sd_sample.pcap", "dns"): "SOME/IP on port 30490 that tshark guesses to be DNS, malformed",
    ("zeek_vector-max-size-crash.pcap", "dns"): "DNS on port 443, which tshark guesses by content",
}
"""Why a count differs; a difference not in here fails, and so does an entry that no longer differs."""


@pytest.fixture(scope="module")
def truth(corpus: Path) -> dict[str, dict[str, str]]:
    """TRUTH.tsv by file."""
    with (corpus / "TRUTH.tsv").open(newline="") as table:
        return {row["file"]: row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}


@pytest.fixture(scope="module")
def counts(corpus: Path, truth: dict[str, dict[str, str]]) -> dict[str, dict[str, int]]:
    """Our counts by file; all 0 where nothing can be read, as tshark's are."""
    counted = {}
    for name in truth:
        decoder = Decoder(1)
        try:
            for chunk in Capture([corpus / name]).chunks():
                for _ in decoder.rows(chunk):
                    pass
        except CaptureError:
            assert truth[name]["capinfos_error"], f"{name} is readable for tshark"
        counted[name] = dict(zip(COUNTED, decoder.counts[0].tolist(), strict=True))
        counted[name]["icmp + icmpv6"] = counted[name]["icmp"] + counted[name]["icmpv6"]
    return counted


@pytest.mark.parametrize("column", COLUMNS)
def test_counts_equal_tsharks(truth: dict[str, dict[str, str]], counts: dict[str, dict[str, int]], column: str) -> None:
    different = {name for name in truth if counts[name][column] != int(truth[name][COLUMNS[column]])}
    assert len(truth) > 200
    assert different == {name for name, other in DIFFERENCES if other == column}

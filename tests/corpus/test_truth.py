"""Every open capture ends in a result, and TLS hellos and server names equal tshark's.

Packets and headers are compared in tests/capture/test_capture.py and tests/packets/test_corpus.py. One test per file:
`pytest tests/corpus -v --durations=10` names the slowest.
"""

import csv
import re
from pathlib import Path

import pytest

from netdiag.analyze import analyze
from netdiag.errors import CaptureError

OPEN = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "open"

UNREADABLE = {
    "PcapPlusPlus_clusterfuzz-testcase-minimized-FuzzTarget-5631583764873216": 0,
    "PcapPlusPlus_crash-pcapng-epb-unbounded-length": 48,
    "libpcap_pcapng-invalid-vers-1.pcapng": 0,
    "libpcap_shb-option-too-long.pcapng": 0,
}
"""Files of which nothing can be read, and the byte offset of what prevents it."""

SERVER_HELLOS_IN_QUIC = {
    "nDPI_quic-forcing-vn-with-data.pcapng": 1,
    "nDPI_quic_0RTT.pcap": 2,
    "suricata-verify_quic-frag-unordered-input.pcap": 1,
    "suricata-verify_quic-retry-multiple-input.pcap": 1,
    "tcpdump_quic_vn.pcap": 1,
    "zeek_quic-decrypt-fail-google-de-51833.pcap": 1,
    "zeek_quicv2-http3-443.pcap": 1,
    "zeek_retry.pcap": 1,
    "zeek_zerortt.pcap": 2,
}
"""Frames of `tshark -Y 'quic && tls.handshake.type == 2'`. TRUTH.tsv tells ClientHellos in QUIC apart, but not these."""

V2 = "SSLv2-compatible ClientHellos (RFC 5246 appendix E.2), which carry no names and which no TLS 1.3 stack sends, are not read"
PADDED = "bare ACKs hold 2 or 6 zero bytes within their IP length; tshark puts them before the hello, here a hello begins the stream anew"
NUMBERS = "tshark loses streams whose server sends several SYN-ACKs with different numbers"
OTHER_PORT = "tshark takes the port (80, 8080) for HTTP and its TLS for damaged HTTP"
DIFFERENCES = {
    ("nDPI_KakaoTalk_chat.pcap", "server_hello"): NUMBERS + " (frame 91); of frame 347 the ServerHello is whole, its record not",
    ("nDPI_KakaoTalk_talk.pcap", "client_hello"): OTHER_PORT,
    ("nDPI_KakaoTalk_talk.pcap", "server_hello"): OTHER_PORT,
    ("nDPI_heuristic_tcp_ack_payload.pcap", "client_hello"): PADDED,
    ("nDPI_heuristic_tcp_ack_payload.pcap", "server_hello"): PADDED,
    ("nDPI_heuristic_tcp_ack_payload.pcap", "sni"): PADDED,
    ("nfstream_skype.pcap", "client_hello"): V2,
    ("suricata-verify_tcp-fastopen-10-syn-data-ignore-input.pcap", "server_hello"): NUMBERS,
    ("zeek_https-to-http.pcap", "client_hello"): OTHER_PORT,
    ("zeek_ssl.v3.pcap", "client_hello"): V2,
}
"""Why a count differs; a difference not in here fails, and so does an entry that no longer differs."""


def truth() -> dict[str, dict[str, str]]:
    """TRUTH.tsv by file; empty where the corpus is missing, which `test_the_corpus_is_there` then says."""
    if not OPEN.is_dir():
        return {}
    with (OPEN / "TRUTH.tsv").open(newline="") as table:
        return {row["file"]: row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)}


TRUTH = truth()


def test_the_corpus_is_there(corpus: Path) -> None:
    assert corpus.samefile(OPEN)
    assert len(TRUTH) > 200


def test_at_most_a_twentieth_differs() -> None:
    assert {name for name, _ in DIFFERENCES} | set(SERVER_HELLOS_IN_QUIC) <= set(TRUTH)
    for column in ("client_hello", "server_hello", "sni"):
        assert sum(other == column for _, other in DIFFERENCES) <= 0.05 * len(TRUTH)


@pytest.mark.parametrize("name", TRUTH)
def test_hellos_and_names(name: str) -> None:
    path, row = OPEN / name, TRUTH[name]
    if name in UNREADABLE:
        with pytest.raises(CaptureError, match=re.escape(f"{path}: byte {UNREADABLE[name]}: ")) as caught:
            analyze(path)
        assert (caught.value.path, caught.value.offset) == (str(path), UNREADABLE[name])
        assert caught.value.remedy
        assert row["capinfos_error"], "tshark reads this file"
        return
    result = analyze(path)
    document = result.document()
    assert [entry["path"] for entry in document["inputs"]] == [str(path)]
    in_quic = int(row["tls_clienthello_in_quic"])
    first_names = row["snis"].split(",") if row["snis"] and int(row["tls_clienthello"]) > in_quic else []
    names = set(result.snis[0])
    equal = {
        "client_hello": result.counts[0]["client_hello"] == int(row["tls_clienthello"]) - in_quic,
        "server_hello": result.counts[0]["server_hello"] == int(row["tls_serverhello"]) - SERVER_HELLOS_IN_QUIC.get(name, 0),
        "sni": set(first_names) <= names if len(first_names) == 5 else set(first_names) == names,  # tshark's first five are listed
    }
    assert {column for column, same in equal.items() if not same} == {column for other, column in DIFFERENCES if other == name}

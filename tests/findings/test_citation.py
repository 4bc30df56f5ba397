"""What findings cite: bounded, ordered, and filters that Wireshark takes."""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from netdiag.findings.citation import CONNECTIONS, EVIDENCE, FILTER_PORTS, connection_refs, display_filter, evidence, listed

Make = Callable[..., Any]


def test_connections_are_capped_and_in_order(tables_of: Make, attempt: Make) -> None:
    rows = tables_of(*(attempt(5000 - at, 1024 + at) for at in range(CONNECTIONS + 5))).columns
    refs = connection_refs(rows, ["p"] * len(rows))
    assert len(refs) == CONNECTIONS
    assert [ref.first_ns for ref in refs] == sorted(ref.first_ns for ref in refs)
    assert refs[0].phase == "p"
    assert listed(rows) == {"connections_total": CONNECTIONS + 5, "connections_listed": CONNECTIONS}
    assert listed(rows.taken(slice(3))) == {}


def test_evidence_is_whole_examples_in_capture_order(tables_of: Make, attempt: Make) -> None:
    rows = tables_of(*(attempt(at, 1024 + at) for at in range(30))).columns
    cited = evidence(rows, {"syn": "asked", "synack": "answered", "rst_in": "never happened"})
    assert len(cited) == EVIDENCE
    assert [packet.ref for packet in cited] == sorted(packet.ref for packet in cited)
    assert {packet.role for packet in cited} == {"asked", "answered"}


def filters(tables_of: Make, attempt: Make) -> dict[str, str]:
    few = tables_of(attempt(0, 30002), attempt(1, 30003)).columns
    six = tables_of(attempt(0, 30002, src="2001:db8::1")).columns
    both = tables_of(attempt(0, 30002, src="2001:db8::1"), attempt(1, 30003)).columns
    many = tables_of(*(attempt(at, 50000 - at) for at in range(100))).columns
    return {name: display_filter(rows) for name, rows in (("few", few), ("six", six), ("both", both), ("many", many))}


def test_display_filters(tables_of: Make, attempt: Make) -> None:
    shown = filters(tables_of, attempt)
    assert shown["few"] == "ip.addr == 192.0.2.7 && tcp.port in {30002, 30003}"
    assert shown["six"] == "ipv6.addr == 2001:db8::1 && tcp.port == 30002"
    assert shown["many"].count(",") == FILTER_PORTS - 1
    assert display_filter(tables_of().columns) == ""


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark checks the syntax")
def test_wireshark_takes_them(tables_of: Make, attempt: Make, captures: Any) -> None:
    for shown in filters(tables_of, attempt).values():
        command = ["tshark", "-nr", str(captures / "tls13_ok" / "capture.pcap"), "-Y", shown]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0

import csv
import io
import json

from netdiag.reports.connections import LISTED


def test_columns_are_in_the_order_promised(netdiag, healthy):
    (row,) = csv.DictReader(io.StringIO(netdiag("connections", healthy).out))
    assert list(row)[: len(LISTED)] == list(LISTED)
    assert row["src"] == "10.9.0.1"
    assert row["syn_frame"] == "1"
    assert row["client_hello_frame"] == "4"
    assert row["server_hello_frame"] == "6"
    assert row["tls_version"] == "TLSv1.3"
    assert row["tls_state"] == "complete"
    assert row["stall_us"] == ""


def test_ndjson_says_the_same(netdiag, healthy):
    (line,) = netdiag("connections", healthy, "--format", "ndjson").out.splitlines()
    row = json.loads(line)
    assert row["first"] == "2026-11-22T18:50:21.187772000Z"
    assert (row["established"], row["reused"], row["reuse_gap_us"]) == (1, 0, None)
    assert row["sni"] == "lab.example"


def test_reuse_is_told(netdiag, collision):
    rows = list(csv.DictReader(io.StringIO(netdiag("connections", collision).out)))
    reused = [row for row in rows if row["reused"] == "1"]
    assert len(reused) == 1398
    assert all(int(row["reuse_gap_us"]) > 0 for row in reused)

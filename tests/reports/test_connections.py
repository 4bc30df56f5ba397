import csv
import io
import json

import pytest

from netdiag import analyze
from netdiag.reports.connections import LISTED, csv_lines, flows, ndjson_lines


@pytest.fixture(scope="module")
def connections(captures):
    return analyze(captures / "tls_stall_cert_flight_blackholed_serverside" / "capture.pcap").connections


def test_the_listed_columns_come_first_and_no_fact_is_lost(connections):
    columns = list(flows(connections))
    assert tuple(columns[: len(LISTED)]) == tuple(LISTED)
    assert set(connections.columns) <= set(columns)
    assert len(columns) == len(set(columns))


def test_a_stall_is_told(connections):
    rows = [json.loads(line) for line in ndjson_lines(connections)]
    (stalled,) = [row for row in rows if row["tls_state"] == "stalled"]
    assert stalled["sport"] == 56306
    assert (stalled["stall_phase"], stalled["stall_outcome"]) == ("server-flight-lost", "open")
    assert stalled["stall_us"] > 1_000_000


def test_what_was_not_seen_is_empty_or_null(connections):
    (other,) = [row for row in map(json.loads, ndjson_lines(connections)) if row["sport"] == 52956]
    assert other["syn_frame"] is None
    assert other["rtt_us"] is None
    rows = {row["sport"]: row for row in csv.DictReader(io.StringIO("\n".join(csv_lines(connections))))}
    assert rows["52956"]["syn_frame"] == ""


def test_names_are_disarmed(connections):
    renamed = connections.assign(sni="=1+1")
    assert "'=1+1" in "\n".join(csv_lines(renamed))


def test_an_empty_table_is_its_head(connections):
    (head,) = csv_lines(connections.iloc[:0])
    assert head.startswith("first,last,src,sport,dst,dport,conn_state,history")
    assert list(ndjson_lines(connections.iloc[:0])) == []

"""One row per source, worst first."""

from dataclasses import replace

from netdiag import analyze
from netdiag.verdicts.sources import COLUMNS, sources, sources_frame


def test_counts_of_a_nat_in_trouble(captures):
    result = analyze(captures / "nat500_timewait_collision" / "capture.pcap.gz")
    (row,) = result.sources.to_dict("records")
    assert list(result.sources.columns) == list(COLUMNS)
    connections = result.connections
    assert row["source"] == "10.9.0.1"
    assert row["connections"] == len(connections)
    assert row["established"] == int(connections["established"].sum())
    assert row["reused_ports"] == connections.loc[connections["reused"], "sport"].nunique()
    assert 0 < row["failed"] <= row["connections"] - row["established"]
    assert (row["severity"], row["verdict"]) == ("high", "tcp-state-collision")


def test_a_healthy_source_has_neither_severity_nor_verdict(captures):
    (row,) = analyze(captures / "tls13_ok" / "capture.pcap").sources.to_dict("records")
    assert (row["established"], row["failed"], row["stalled"]) == (1, 0, 0)
    assert row["severity"] is None
    assert row["verdict"] is None


def test_an_empty_table(captures):
    result = analyze(captures / "tls13_ok" / "capture.pcap")
    empty = sources_frame(sources(replace(result.tables, columns=result.tables.columns.taken(slice(0))), [], []))
    assert len(empty) == 0
    assert list(empty.columns) == list(COLUMNS)

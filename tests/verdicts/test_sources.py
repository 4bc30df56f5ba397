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


def test_who_is_well_has_none_beside_who_is_not(captures):
    sources = next(analyze(path).sources for path in (captures / "lab_flood_prefix").glob("capture.*"))
    assert sources["severity"].isna().tolist() == sources["verdict"].isna().tolist() == [False, False, True, True, True]
    assert sources["verdict"].tolist()[2:] == [None, None, None]
    assert {sources[name].dtype.kind for name in ("connections", "established", "failed", "stalled", "reused_ports")} == {"i"}


def test_a_prefix_is_counted_in_whole_numbers(captures):
    sources = next(analyze(path).sources for path in (captures / "lab_spoofed_flood").glob("capture.*"))
    prefix = sources[sources["source"].str.contains("/")]
    assert prefix["connections"].tolist() == [0]
    assert sources["connections"].dtype.kind == "i"


def test_an_empty_table(captures):
    result = analyze(captures / "tls13_ok" / "capture.pcap")
    empty = sources_frame(sources(replace(result.tables, columns=result.tables.columns.taken(slice(0))), [], []))
    assert len(empty) == 0
    assert list(empty.columns) == list(COLUMNS)

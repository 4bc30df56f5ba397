from netdiag.reports.headline import duration, extent, headline, healthy, human_p, limits, origin_ns, outcome, span, trouble


def test_headline_without_trouble(mild):
    calm = {**mild, "sources": healthy(mild), "findings": []}
    assert headline(calm) == "No trouble found: 12 sources, 22,752 connections."


def test_headline_with_findings_but_no_verdict(mild):
    quiet = {**mild, "sources": [{**entry, "verdict": None} for entry in mild["sources"]]}
    assert headline(quiet) == "Nothing is failing; 2 sources of 14 with something to know."


def test_extent_is_told_where_the_troubled_share_something(mild):
    everyone = mild | {"extent": mild["extent"] | {"kind": "everyone"}}
    assert extent(everyone) == "2 of 3 sources are in trouble."
    for kind in ("none", "one-source", "several"):
        assert extent(mild | {"extent": mild["extent"] | {"kind": kind}}) == ""
    assert extent({key: value for key, value in mild.items() if key != "extent"}) == ""  # a result of an older version


def test_every_source_is_either_in_trouble_or_healthy(mild):
    assert len(trouble(mild)) + len(healthy(mild)) == len(mild["sources"])


def test_outcome_leaves_zeros_out(mild):
    assert outcome(mild["sources"][0]) == "1,896 connections, 1,806 established, 90 failed, 12 stalled, 498 reused ports"
    assert outcome(mild["sources"][-1]) == "1,896 connections, 1,806 established"


def test_times(mild, empty):
    assert span(mild["inputs"][0]) == ", 2026-11-22 18:40:08 UTC, 2.3 min"
    assert span(empty["inputs"][0]) == ""
    assert origin_ns(empty) == 0
    assert [duration(seconds * 10**9) for seconds in (0, 5, 300, 7320)] == ["0 s", "5 s", "5.0 min", "2 h 2 min"]
    assert [duration(ns) for ns in (21_000, 10_898_000, 999_000_000)] == ["21 µs", "10.9 ms", "999 ms"]


def test_p_values():
    assert human_p(0.0) == "p < 1e-300"
    assert human_p(0.01234) == "p = 0.012"


def test_an_interrupted_run_is_marked(mild):
    assert not any("interrupted" in sentence for sentence in limits(mild))
    assert limits({**mild, "partial": True})[0] == "interrupted: only a part of the input was read and judged"

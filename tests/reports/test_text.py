import re

import pytest

from netdiag.reports.report import View
from netdiag.reports.text import REPORT
from netdiag.reports.timestamps import Clock


def test_the_answer_comes_first(mild):
    first = REPORT.render(mild).splitlines()[0]
    assert first == "2 of 14 sources in trouble: 10.9.0.1 by tcp-state-collision, and 1 more."


@pytest.mark.parametrize("width", [60, 80, 100])
def test_it_fits(mild, width):
    lines = REPORT.render(mild, View(width=width)).splitlines()
    assert max(map(len, lines)) <= width


def test_colours_only_when_asked_and_by_severity(mild):
    assert "\x1b" not in REPORT.render(mild)
    colored = REPORT.render(mild, View(color=True))
    assert "\x1b[1;31mHIGH     10.9.0.1" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == REPORT.render(mild)


def test_verdict_names_the_runner_up(mild):
    text = REPORT.render(mild)
    assert "Cause  93%  TCP state collision [tcp-state-collision] (p = 1e-40)" in text
    assert "Rival   4%  Per-source penalty [per-source-penalty]" in text
    assert "Ordinary loss" not in text
    assert "Ordinary loss" in REPORT.render(mild, View(verbose=True))


def test_brief_unless_asked(mild):
    text, whole = REPORT.render(mild), REPORT.render(mild, View(verbose=True))
    assert "12 sources without trouble" in text
    assert "10.1.0.7" not in text
    assert "10.1.0.7" in whole


def test_proof_says_each_role_once_with_its_frames(mild):
    assert "proof   Rejected.: frames 1, 2, 3, 4, 5 and 7 more of file 1\n" in REPORT.render(mild)
    assert "proof   Rejected.: frames 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 of file 1\n" in REPORT.render(mild, View(verbose=True))


def test_a_long_filter_is_one_line_and_only_shown_when_asked(mild):
    mild["findings"][0]["display_filter"] = "tcp.port == 1 || " * 20
    assert "filter  long; -v shows it" in REPORT.render(mild)
    assert "tcp.port == 1 || " * 20 in REPORT.render(mild, View(verbose=True))


def test_limits_of_the_capture_are_said(mild):
    text = " ".join(REPORT.render(mild).split())
    assert "5 duplicated: packets captured more than once" in text
    assert "truncated: byte 7: cut" in text
    assert "1 finding suppressed by the allow-list" in text


def test_relative_clock(mild):
    assert "+0.000000000s to +0.000000001s" in REPORT.render(mild, View(clock=Clock.REL))


def test_an_empty_capture(empty):
    assert REPORT.render(empty).startswith("No TCP connection to judge.")

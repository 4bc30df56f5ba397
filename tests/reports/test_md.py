import re

from netdiag.reports.md import REPORT


def test_verdict_first(mild):
    lines = REPORT.render(mild).splitlines()
    assert lines[2] == "**2 of 14 sources in trouble: 10.9.0.1 by tcp-state-collision, and 1 more.**"


def test_it_fits_into_a_ticket_and_says_what_does_not(large):
    text = REPORT.render(large)
    assert len(text.encode()) < 64 * 1024
    assert "parts did not fit into this ticket" in text
    assert "## Capture" in text


def test_nothing_hostile_survives(hostile):
    text = re.sub(r"(`+) .*? \1(?!`)", "", REPORT.render(hostile))
    assert "<script>" not in text
    assert "\\<script\\>" in text
    assert "@everyone" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "#12" not in text


def test_every_table_row_has_the_cells_of_its_head(hostile):
    width = 0
    for line in REPORT.render(hostile).splitlines():
        if line.startswith("|"):
            cells = len(re.findall(r"(?<!\\)\|", line))
            assert width in (0, cells)
            width = cells
        else:
            width = 0

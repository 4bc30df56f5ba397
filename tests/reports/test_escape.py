import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netdiag.reports.escape import cell, markdown, markdown_code, printable


@given(st.text())
def test_printable_has_nothing_that_a_terminal_obeys(text):
    shown = printable(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    shown.encode()


def test_printable_shows_what_was_there():
    assert printable("a\x1b[31mb\u202ec\udcff") == "a\\x1b[31mb\\u202ec\\udcff"
    assert printable("bücher.example 例え") == "bücher.example 例え"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(text):
    assert str(cell(text)).startswith("'")


def test_numbers_and_ordinary_text_stay_as_they_are():
    assert cell(-5) == -5
    assert cell("10.9.0.1") == "10.9.0.1"
    assert cell(None) == ""


@given(st.text())
def test_markdown_leaves_no_markup(text):
    shown = markdown(text).replace("<!-- -->", "")
    assert not re.search(r"(?<!\\)(\\\\)*[`*_\[\]<>|~$]", shown)
    assert "\n" not in shown


def test_markdown_names_nobody_and_links_nothing():
    shown = markdown("@all #12 https://evil.example www.evil.example <b>")
    assert "@all" not in shown
    assert "#12" not in shown
    assert "://" not in shown
    assert "www." not in shown
    assert "\\<b\\>" in shown


@given(st.text(min_size=1))
def test_a_code_span_cannot_be_left(text):
    shown = markdown_code(text)
    fence = re.match("`+", shown).group()
    inside = shown[len(fence) : -len(fence)]
    assert fence not in re.findall("`+", inside)
    assert not re.search(r"(?<!\\)\|", inside)

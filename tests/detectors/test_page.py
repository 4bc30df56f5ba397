"""Reading a page out of a source file."""

import pytest

from netdiag.detectors.page import HEADINGS, check, meanings, render

PAGE = "Title.\n\n" + "\n\n".join(f"## {heading}\nText." for heading in HEADINGS)


def test_meanings_are_the_strings_under_the_fields() -> None:
    source = 'class Thresholds:\n    """All."""\n    a: int = 1\n    """First\n    of two."""\n    b: int = 2\n'
    assert meanings(source) == {"a": "First of two."}
    assert meanings("x = 1") == {}


def test_headings_must_be_complete_and_in_order() -> None:
    check("x", PAGE)
    with pytest.raises(ValueError, match="headings"):
        check("x", PAGE + "\n\n## More\nText.")
    with pytest.raises(ValueError, match="says nothing"):
        check("x", PAGE.removesuffix("Text."))


def test_the_page_shows_values_in_force() -> None:
    shown = render("ND999", "made-up", PAGE, {"a": 5, "ports": (1, 2)}, {"a": "First.", "ports": "Some."})
    assert shown.startswith("ND999 made-up: Title.\n")
    assert "a = 5\n    First.\nports = 1, 2\n    Some.\n" in shown

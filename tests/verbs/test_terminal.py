import io
import sys

import pytest

from netdiag.verbs import terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "tty", "no_color", "colored"),
    [
        ("auto", True, "", True),
        ("auto", True, "1", False),
        ("auto", False, "", False),
        ("always", False, "1", True),
        ("never", True, "", False),
    ],
)
def test_colour(choice, tty, no_color, colored, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal() if tty else io.StringIO())
    monkeypatch.setenv("NO_COLOR", no_color)
    assert terminal.colored(choice) is colored


def test_no_bar_where_nobody_looks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with terminal.progress_bar(quiet=False, total_bytes=10) as progress:
        assert progress is None


def test_no_bar_when_quiet(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with terminal.progress_bar(quiet=True, total_bytes=10) as progress:
        assert progress is None


def test_a_long_run_shows_a_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(terminal, "PATIENCE_S", 0.0)
    with terminal.progress_bar(quiet=False, total_bytes=10) as progress:
        while not sys.stderr.getvalue():
            progress(1)
    assert sys.stderr.getvalue()


def test_a_short_run_shows_none(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(terminal, "PATIENCE_S", 1000.0)
    with terminal.progress_bar(quiet=False, total_bytes=10) as progress:
        progress(10)
    assert sys.stderr.getvalue().strip("\n") == ""

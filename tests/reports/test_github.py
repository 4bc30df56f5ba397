import re

from netdiag.reports.github import LONGEST, MOST, REPORT

COMMAND = re.compile(r"::(error|warning|notice) (?:file=[^:,]+,line=\d+,)?title=[^:,]*::.+")


def check(count, path="captures/a/expect.toml"):
    told = [{"path": "x", "expected": "50%, a:b", "got": "1\r\n2"} for _ in range(count)]
    one = {"name": "facts", "file": path, "line": 7, "differences": told}
    return {"failed": 1, "checks": 1, "folders": [{"folder": "captures/a,b", "checks": [one]}]}


def test_a_difference_stands_at_its_line():
    assert REPORT.render(check(1)) == (
        "::error file=captures/a/expect.toml,line=7,title=captures/a%2Cb%3A facts::x: expected 50%25, a:b, got 1\\x0d\\x0a2\n"
    )


def test_no_more_than_ten_of_a_level_and_the_rest_is_counted():
    assert len(REPORT.render(check(MOST)).splitlines()) == MOST
    lines = REPORT.render(check(MOST + 5)).splitlines()
    assert len(lines) == MOST
    assert "... and 6 more" in lines[-1]


def test_a_file_outside_the_repository_is_not_named():
    assert "file=" not in REPORT.render(check(1, "/elsewhere/expect.toml"))


def test_a_hostile_capture_writes_no_command_of_its_own(hostile, large):
    for document in (hostile, large):
        for line in REPORT.render(document).splitlines():
            assert COMMAND.fullmatch(line)
            assert len(line) < LONGEST + 4000


def test_nothing_to_complain_of_is_said(empty):
    assert REPORT.render(empty) == "::notice title=netdiag::No TCP connection to judge.\n"
    assert REPORT.render(check(0)) == "::notice title=netdiag::All expectations hold.\n"

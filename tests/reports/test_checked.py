from netdiag.reports.checked import MOST, lines, markdown_lines
from netdiag.reports.report import View


def check(name, differences, line=4):
    told = [{"path": f"x[{at}]", "expected": "1", "got": "\x1b[31m2"} for at in range(differences)]
    return {"name": name, "file": "captures/a/expect.toml", "line": line, "differences": told}


def document(*checks, accepted=False):
    failed = sum(bool(one["differences"]) for one in checks)
    folder = {"folder": "captures/a", "capture": "captures/a/c.pcap", "purpose": "p", "accepted": accepted, "checks": list(checks)}
    return {"schema": "netdiag.check/1", "checks": len(checks), "failed": failed, "folders": [folder]}


def test_what_holds_is_one_line():
    assert list(lines(document(check("facts", 0)), View())) == ["1 capture folder, 1 check: all hold."]


def test_what_differs_is_told_place_by_place():
    assert list(lines(document(check("facts", 1), check("golden", 0, None)), View())) == [
        "FAIL captures/a",
        "  x facts  (captures/a/expect.toml:4)",
        "      x[0]",
        "        expected 1",
        "        got      \\x1b[31m2",
        "1 capture folder, 2 checks: 1 failed in 1 folder.",
    ]


def test_many_differences_are_counted_and_all_told_when_asked_for():
    long = document(check("golden", MOST + 5, None))
    assert "      ... and 5 more; -v shows them" in list(lines(long, View()))
    verbose = list(lines(long, View(verbose=True)))
    assert "more;" not in "".join(verbose)
    assert sum("expected 1" in line for line in verbose) == MOST + 5


def test_every_check_and_what_was_written_is_told():
    told = list(lines(document(check("facts", 0), accepted=True), View(verbose=True, color=True)))
    assert told[0] == "\x1b[32mok  \x1b[0m \x1b[1mcaptures/a\x1b[0m"
    assert told[1:3] == ["  . facts  (captures/a/expect.toml:4)", "wrote captures/a/report.json"]


def test_markdown_for_the_summary_of_a_step():
    told = list(markdown_lines(document(check("facts|x", MOST + 1))))
    assert told[2] == "**1 capture folder, 1 check: 1 failed in 1 folder.**"
    assert told[6] == "| `captures/a` | facts\\|x | `x[0]` | `1` | `\\x1b[31m2` |"
    assert told[-1] == "| `captures/a` | facts\\|x | and 1 more | | |"
    assert list(markdown_lines(document(check("facts", 0))))[-1] == "**1 capture folder, 1 check: all hold.**"

from netdiag.reports.diffed import headline, lines, markdown_lines

ONE = {"id": "ND1-a", "detector": "d", "severity": "high", "source": "10.0.0.1", "destination": None, "summary": "Bad \x1b[31m|x|."}
CHANGED = {**ONE, "destination": "10.0.0.2:443", "changes": [{"path": "metrics.n", "before": "1", "after": "2"}]}
MOVED = {
    "source": "10.0.0.1",
    "before": None,
    "after": "path-loss",
    "summary": "s",
    "counts": {"failed": [1, 2], "connections": [3, 3], "stalled": [None, 4]},
}
SAME = {"different": False, "new": [], "gone": [], "changed": [], "verdicts": []}
DOCUMENT = {"different": True, "new": [ONE], "gone": [], "changed": [CHANGED], "verdicts": [MOVED]}


def test_the_headline_counts():
    assert headline(SAME) == "No difference."
    assert headline(DOCUMENT) == "Findings: 1 new, 1 changed; 1 source with another verdict."


def test_text():
    assert list(lines(DOCUMENT)) == [
        "Findings: 1 new, 1 changed; 1 source with another verdict.",
        "! 10.0.0.1: no verdict -> path-loss (failed 1 -> 2, stalled - -> 4)",
        "+ ND1-a d (high) 10.0.0.1",
        "    Bad \\x1b[31m|x|.",
        "~ ND1-a d (high) 10.0.0.1 to 10.0.0.2:443",
        "    metrics.n: 1 -> 2",
    ]


def test_markdown_is_escaped():
    told = list(markdown_lines(DOCUMENT))
    assert "| `10.0.0.1` | no verdict | path-loss |" in told
    assert "- ND1-a `d` (high) 10.0.0.1: Bad \\\\x1b\\[31m\\|x\\|." in told
    assert "  - `metrics.n`: `1` → `2`" in told
    assert list(markdown_lines(SAME)) == ["# netdiag diff", "", "**No difference.**"]

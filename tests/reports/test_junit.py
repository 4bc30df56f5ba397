import pytest
from junitparser import Failure, JUnitXml

from netdiag.reports.junit import REPORT


def parsed(document):
    return JUnitXml.fromstring(REPORT.render(document).encode())


@pytest.mark.parametrize("name", ["mild", "hostile", "large", "empty"])
def test_every_document_can_be_parsed(name, request):
    document = request.getfixturevalue(name)
    xml = parsed(document)
    assert sum(suite.tests for suite in xml) == len(document["sources"])


def test_a_source_with_a_verdict_fails_and_a_healthy_one_passes(mild):
    (suite,) = parsed(mild)
    cases = {case.name: case for case in suite}
    (failure,) = cases["10.9.0.1"].result
    assert isinstance(failure, Failure)
    assert failure.type == "tcp-state-collision"
    assert "ND102-" in failure.text
    assert cases["10.1.0.0"].is_passed
    assert (suite.tests, suite.failures) == (14, 2)


def test_a_finding_without_a_verdict_is_output_of_a_case_that_passes(mild):
    mild["sources"][0]["verdict"] = None
    (suite,) = parsed(mild)
    case = next(iter(suite))
    assert case.is_passed
    assert "ND102-" in case.system_out


def test_checks_are_cases_with_file_and_line():
    told = [{"path": "x", "expected": "1", "got": "\x00\x1b\ufffe"}]
    checks = [
        {"name": "facts", "file": "c/expect.toml", "line": 7, "differences": told},
        {"name": "golden", "file": "c/report.json", "line": None, "differences": []},
    ]
    (suite,) = parsed({"folders": [{"folder": "c", "checks": checks}]})
    facts, golden = suite
    (failure,) = facts.result
    assert (failure.type, failure.message) == ("expectation", "x: expected 1, got \\x00\\x1b")
    assert facts._elem.attrib["line"] == "7"
    assert golden.is_passed

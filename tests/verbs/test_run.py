from types import SimpleNamespace

import pytest

from netdiag.findings.finding import Severity
from netdiag.verbs.run import exit_code


def outcome(*, partial=False, statuses=("complete",), severities=()):
    return SimpleNamespace(
        partial=partial,
        inputs=[SimpleNamespace(status=status) for status in statuses],
        finding_list=[SimpleNamespace(severity=severity) for severity in severities],
    )


@pytest.mark.parametrize(
    ("result", "strict", "fail_on", "code"),
    [
        (outcome(), True, "info", 0),
        (outcome(severities=[Severity.HIGH]), False, "never", 0),
        (outcome(severities=[Severity.LOW]), False, "medium", 0),
        (outcome(severities=[Severity.LOW, Severity.MEDIUM]), False, "medium", 1),
        (outcome(statuses=("complete", "truncated")), False, "info", 0),
        (outcome(statuses=("complete", "truncated")), True, "info", 3),
        (outcome(statuses=("damaged",), severities=[Severity.HIGH]), True, "high", 1),
        (outcome(statuses=("complete", "not-a-capture")), True, "never", 0),
        (outcome(statuses=("not-a-capture",)), False, "never", 2),
        (outcome(statuses=()), False, "never", 2),
        (outcome(partial=True, severities=[Severity.HIGH]), False, "info", 130),
    ],
)
def test_exit_codes(result, strict, fail_on, code):
    assert exit_code(result, SimpleNamespace(settings=SimpleNamespace(strict=strict, fail_on=fail_on))) == code

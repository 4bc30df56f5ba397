"""The names of alerts are those of the RFCs; a number without a name stays a number."""

import pytest

from netdiag.findings.alerts import description


@pytest.mark.parametrize(("code", "name"), [(40, "handshake_failure"), (48, "unknown_ca"), (112, "unrecognized_name"), (250, "alert 250")])
def test_description(code: int, name: str) -> None:
    assert description(code) == name

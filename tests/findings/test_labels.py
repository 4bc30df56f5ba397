"""Every format that is promised, and what is wrong with others."""

import json
from pathlib import Path
from typing import Any

import pytest

from netdiag.errors import ConfigError
from netdiag.findings.labels import Labels

AWS = {
    "prefixes": [{"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "AMAZON"}],
    "ipv6_prefixes": [{"ipv6_prefix": "2600:1f00::/24", "region": "GLOBAL", "service": "EC2"}],
}
AZURE = {"values": [{"name": "AzureCloud.westus", "properties": {"addressPrefixes": ["13.64.0.0/16", "2603:1030::/32"]}}]}
GITHUB = {"verifiable_password_authentication": False, "actions": ["4.148.0.0/16"], "domains": {"x": ["y"]}, "ssh_keys": ["AAAA"]}


@pytest.mark.parametrize(
    ("content", "address", "label"),
    [
        ("cidr,label\n192.0.2.0/24, ci\n# more\n\n192.0.2.7,one\n", "192.0.2.7", "one"),
        ("192.0.2.0/24,ci\n", "192.0.2.8", "ci"),
        ("192.0.2.0/24,ci\n", "192.0.3.8", ""),
        ("2001:db8::/32,six\n0.0.0.0/0,all\n", "2001:db8::1", "six"),
        ("0.0.0.0/0,all\n", "2001:db8::1", ""),
        (json.dumps(AWS), "3.5.140.9", "AMAZON ap-northeast-2"),
        (json.dumps(AWS), "2600:1f00::1", "EC2 GLOBAL"),
        (json.dumps(AZURE), "13.64.1.1", "AzureCloud.westus"),
        (json.dumps(GITHUB), "4.148.9.9", "actions"),
        ("\ufeff192.0.2.0/24,ci\n", "192.0.2.1", "ci"),
    ],
)
def test_formats(tmp_path: Path, content: str, address: str, label: str) -> None:
    file = tmp_path / "labels"
    file.write_text(content, encoding="utf-8")
    assert Labels.read(file).of(address) == label


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("192.0.2.0/24\n", "line 1 has no label"),
        ("nonsense,x\n", "'nonsense' is no address or network"),
        ("[1]", "Known are CSV"),
        ('{"values": [{}]}', "Known are CSV"),
        ("{", "Known are CSV"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "labels"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        Labels.read(file)


def test_a_missing_file() -> None:
    with pytest.raises(ConfigError, match="--labels takes"):
        Labels.read("/nowhere/labels.csv")


@pytest.mark.parametrize("address", ["", "not an address", "192.0.2.0/28"])
def test_no_address_has_no_label(address: str) -> None:
    made: Any = Labels((("0.0.0.0/0", "all"),))
    assert made.of(address) == ""

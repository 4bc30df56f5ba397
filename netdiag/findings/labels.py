"""Names populations of sources: reads lists of networks with a label, and finds the label of an address.

Formats: CSV (`cidr,label`) and providers' own JSON: GitHub meta (its lists of networks, labelled by their keys), Azure service tags,
AWS ip-ranges. Nothing is fetched.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from netdiag.errors import ConfigError
from netdiag.findings.scope import network


class Labels:
    """Networks with their labels; the smallest network that holds an address names it, the first one named where two are equal."""

    def __init__(self, pairs: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...] = ()) -> None:
        self._named: dict[tuple[int, int], dict[int, str]] = {}
        for cidr, label in pairs:
            whole = network(cidr)
            bits = whole.max_prefixlen - whole.prefixlen
            self._named.setdefault((whole.version, bits), {}).setdefault(int(whole.network_address) >> bits, label)
        self._sizes = sorted(self._named)

    def of(self, address: str) -> str:
        """The label of an address, or "" (also for what is none)."""
        try:
            parsed = ip_address(address)
        except ValueError:
            return ""
        value = int(parsed)
        named = (self._named[size].get(value >> size[1]) for size in self._sizes if size[0] == parsed.version)
        return next((label for label in named if label is not None), "")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Labels:
        """The labels of a file; ConfigError names the file and what is wrong with it."""
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as wrong:
            raise ConfigError(f"{path}: cannot be read: {wrong}. --labels takes a CSV file (cidr,label) or a provider's JSON") from wrong
        try:
            return cls(_json(json.loads(text)) if text.lstrip().startswith(("{", "[")) else _csv(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
            raise ConfigError(f"{path}: {wrong}. Known are CSV (cidr,label), GitHub meta, Azure service tags and AWS ip-ranges") from wrong


def _csv(text: str) -> Iterator[tuple[str, str]]:
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        if not row or row[0].lstrip().startswith("#") or (number == 1 and row[0].strip().lower() == "cidr"):
            continue
        if len(row) < 2 or not row[1].strip():
            raise ValueError(f"line {number} has no label")
        yield row[0].strip(), row[1].strip()


def _json(said: Any) -> Iterator[tuple[str, str]]:
    if "prefixes" in said:  # AWS
        kinds = (("prefixes", "ip_prefix"), ("ipv6_prefixes", "ipv6_prefix"))
        yield from ((entry[key], f"{entry['service']} {entry['region']}") for name, key in kinds for entry in said.get(name, ()))
    elif "values" in said:  # Azure
        yield from ((cidr, tag["name"]) for tag in said["values"] for cidr in tag["properties"]["addressPrefixes"])
    else:  # GitHub: every list of networks
        lists = {key: value for key, value in said.items() if isinstance(value, list)}
        yield from ((cidr, key) for key, value in lists.items() for cidr in value if _is_network(cidr))


def _is_network(text: Any) -> bool:
    try:
        network(text)
    except (ConfigError, TypeError, AttributeError):
        return False
    return True

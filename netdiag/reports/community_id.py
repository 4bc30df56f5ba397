"""Computes the Community ID of a connection, version 1: one name for it in netdiag, Zeek, Suricata and others.

Source: https://github.com/corelight/community-id-spec
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha1
from ipaddress import ip_address

TCP, SEED = 6, 0


def community_id(src: str, sport: int, dst: str, dport: int, proto: int = TCP, seed: int = SEED) -> str:
    """`1:` and the Base64 of SHA-1 over seed, both endpoints (the lower one first), protocol and padding."""
    one, other = sorted(((_packed(src), sport), (_packed(dst), dport)))
    head = seed.to_bytes(2, "big") + one[0] + other[0] + bytes((proto, 0))
    digest = sha1(head + one[1].to_bytes(2, "big") + other[1].to_bytes(2, "big"), usedforsecurity=False).digest()
    return f"1:{b64encode(digest).decode()}"


@lru_cache(maxsize=65536)
def _packed(address: str) -> bytes:
    return ip_address(address).packed

"""Recognises WireGuard messages by their shape.

Source: the WireGuard paper, section 5.4: a type byte, three zero bytes, fixed lengths.
"""

from typing import Any

from netdiag.kernel import be32, step
from netdiag.packets.walk import HAS_WIREGUARD

INITIATION, RESPONSE, COOKIE, TRANSPORT = 148, 92, 64, 32
"""Lengths in bytes; a transport message is longer by its payload, padded to 16."""


@step
def wireguard(b: Any, at: Any, cap: Any, length: Any, known_port: Any, row: Any) -> Any:
    """Note WireGuard and return True. Away from its port a transport message must be padded to 16 bytes as it should."""
    if length < TRANSPORT or at + 4 > cap:
        return False
    kind = be32(b, at)
    found = (
        (kind == 0x01000000 and length == INITIATION)
        or (kind == 0x02000000 and length == RESPONSE)
        or (kind == 0x03000000 and length == COOKIE)
        or (kind == 0x04000000 and (known_port or length % 16 == 0))
    )
    if found:
        row.layers |= HAS_WIREGUARD
    return found

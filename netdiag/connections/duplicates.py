"""Recognises packets that were captured twice (both interfaces, a mirror port of both directions).

The same bytes within 5 ms are the same packet: a retransmission has another IP id, or at the least waits for the minimum
retransmission time-out (200 ms on Linux). Without an IP id (IPv6, and stacks that send 0) a bare ACK may lawfully
repeat, so there it must come from another interface. TTL, VLAN and tunnel may differ between the two copies.
"""

from typing import Any

import numpy as np

from netdiag.connections.incarnations import mixed
from netdiag.connections.state import DUPLICATE_ENTRIES
from netdiag.kernel import step

WITHIN_NS = 5_000_000


@step
def signature(p: Any) -> Any:
    """64 bits that two copies of a packet share, and two packets in practice do not."""
    ports = np.uint64(p.sport) << np.uint64(48) | np.uint64(p.dport) << np.uint64(32)
    x = (p.src_lo ^ ports) * np.uint64(0x9E3779B97F4A7C15) + (p.dst_lo ^ np.uint64(p.ip_id)) * np.uint64(0xC2B2AE3D27D4EB4F)
    x += p.src_hi * np.uint64(0x165667B19E3779F9) + p.dst_hi * np.uint64(0x27D4EB2F165667C5)
    x += (np.uint64(p.seq) << np.uint64(32) | np.uint64(p.ack)) * np.uint64(0xD6E8FEB86659FD93)
    rest = np.uint64(p.tsval) << np.uint64(32) | np.uint64(p.checksum) << np.uint64(16) | np.uint64(p.window)
    x += rest * np.uint64(0xA0761D6478BD642F)
    return mixed(x + (np.uint64(p.flags) << np.uint64(32) | np.uint64(p.payload)) * np.uint64(0xE7037ED1A0B428DB))


@step
def recent_place(s: Any) -> Any:
    """Where a packet with signature `s` is remembered."""
    return np.int64(s & np.uint64(DUPLICATE_ENTRIES - 1))


@step
def is_duplicate(p: Any, s: Any, recent: Any, recent_interface: Any) -> Any:
    """Whether the twin of packet `p` with signature `s` came within WITHIN_NS; remembers it if not."""
    j = recent_place(s)
    if recent[j, 0] == s and abs(p.ts_ns - np.int64(recent[j, 1])) <= WITHIN_NS:
        has_id = p.ip_id != 0 or p.payload > 0 or (p.flags & 7) != 0  # FIN, SYN and RST do not repeat at once either
        if has_id or recent_interface[j] != p.interface:
            return True
    recent[j, 0], recent[j, 1], recent_interface[j] = s, np.uint64(p.ts_ns), p.interface
    return False

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
    x = mixed(p.src_lo ^ np.uint64(p.ip_id)) + mixed(p.src_hi + np.uint64(p.sport))
    x = mixed(x) + mixed(p.dst_lo) + np.uint64(p.dport)
    x = mixed(x ^ p.dst_hi) + (np.uint64(p.seq) << np.uint64(32) | np.uint64(p.ack))
    x = mixed(x) + (np.uint64(p.tsval) << np.uint64(32) | np.uint64(p.checksum) << np.uint64(16) | np.uint64(p.window))
    return mixed(x + (np.uint64(p.flags) << np.uint64(32) | np.uint64(p.payload)))


@step
def is_duplicate(p: Any, recent: Any, recent_interface: Any) -> Any:
    """Whether the packet's twin came within WITHIN_NS; remembers it if not."""
    s = signature(p)
    j = np.int64(s & np.uint64(DUPLICATE_ENTRIES - 1))
    if recent[j, 0] == s and abs(p.ts_ns - np.int64(recent[j, 1])) <= WITHIN_NS:
        has_id = p.ip_id != 0 or p.payload > 0 or (p.flags & 7) != 0  # FIN, SYN and RST do not repeat at once either
        if has_id or recent_interface[j] != p.interface:
            return True
    recent[j, 0], recent[j, 1], recent_interface[j] = s, np.uint64(p.ts_ns), p.interface
    return False

"""Knows a lone SYN: all that its connection holds is one SYN that nobody repeated, and what answered it."""

from typing import Any

import numpy as np

from netdiag.connections.incarnations import mixed
from netdiag.kernel import step

SOURCES = 1 << 22
"""Places to mark sources in: a million of them leave few that share one."""
LONE = 1 << 31


@step
def lone_syn(r: Any, here: Any, out: Any, back: Any) -> Any:
    """Whether the originator sent one SYN and nothing else, and nothing but SYN-ACKs without half a TLS record answered it."""
    return (
        r.syn_count == 1
        and out.packets == 1
        and back.packets == r.synack_count
        and out.slot < 0
        and back.slot < 0
        and not here.established
        and r.icmp_count == 0
        and r.prev_id < 0
    )


@step
def source_of(r: Any, here: Any, out: Any, back: Any) -> Any:
    """Where a connection's source is marked, with the bit LONE if the connection is a lone SYN."""
    place = np.int64(mixed(here.src_lo + mixed(here.src_hi)) & np.uint64(SOURCES - 1))
    return place | LONE if lone_syn(r, here, out, back) else place

"""Reads Teredo: IPv6 in UDP behind optional indicators.

Source: RFC 4380 section 5.1.1.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, step
from netdiag.packets.walk import IN_TEREDO, IPV6, STOP, into_tunnel

AUTHENTICATION, AUTHENTICATION_SIZE = 0x0001, 13  # and the lengths of client id and authentication value
ORIGIN, ORIGIN_SIZE = 0x0000, 8


@step
def teredo(b: Any, w: Any) -> None:
    """Skip authentication and origin indication; what is not IPv6 behind them is just UDP."""
    at = w.at
    if at + 4 <= w.cap and be16(b, at) == AUTHENTICATION:
        at += AUTHENTICATION_SIZE + np.int64(b[at + 2]) + np.int64(b[at + 3])
    if at + 2 <= w.cap and be16(b, at) == ORIGIN:
        at += ORIGIN_SIZE
    if at < w.cap and b[at] >> 4 == 6:
        into_tunnel(w, IN_TEREDO, 0)
        w.at = at
        w.kind = IPV6
    else:
        w.kind = STOP

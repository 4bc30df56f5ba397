"""Reads 802.11 data frames, bare, behind radiotap, and in CAPWAP tunnels.

Sources: IEEE 802.11 clause 9.2 and 9.3.2, radiotap.org, RFC 5415 section 4.3 (CAPWAP).
"""

from typing import Any

import numpy as np

from netdiag.kernel import be32, step
from netdiag.packets.walk import LLC, STOP, UNKNOWN_ETHERTYPE, WIFI, contradicts, lacks

SIZE = np.int64(24)  # frame control, duration, three addresses, sequence control
ADDRESS, QOS, HT_CONTROL = 6, 2, 4
TYPE_MASK, DATA, NO_DATA, QOS_DATA = 0x0C, 0x08, 0x40, 0x80
BOTH_DS, PROTECTED, ORDER = 0x03, 0x40, 0x80

RADIOTAP_SIZE = np.int64(8)
CAPWAP_SIZE = np.int64(8)


@step
def wifi(b: Any, w: Any, row: Any) -> None:
    """802.11: clear data frames carry LLC; the frame check sequence behind is hidden by the IP length."""
    if lacks(w, row, SIZE):
        return
    control, flags = b[w.at], b[w.at + 1]
    _data_frame(w, row, control, flags)


@step
def _data_frame(w: Any, row: Any, control: Any, flags: Any) -> None:
    """Skip the header of a data frame by its frame control bytes."""
    if control & TYPE_MASK != DATA or control & NO_DATA or flags & PROTECTED:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
        return
    size = SIZE
    if flags & BOTH_DS == BOTH_DS:
        size += ADDRESS
    if control & QOS_DATA:
        size += QOS
        if flags & ORDER:
            size += HT_CONTROL
    if not lacks(w, row, size):
        w.at += size
        w.kind = LLC


@step
def radiotap(b: Any, w: Any, row: Any) -> None:
    """Radiotap: its length (little-endian) is all that is needed of it."""
    if lacks(w, row, RADIOTAP_SIZE):
        return
    size = np.int64(b[w.at + 2]) | np.int64(b[w.at + 3]) << 8
    if size < RADIOTAP_SIZE:
        contradicts(w, row)
    else:
        w.at += size
        w.kind = WIFI


@step
def capwap(b: Any, w: Any, row: Any) -> None:
    """CAPWAP data in clear: 802.11 frames, frame control bytes swapped as Cisco does; fragments and others are just UDP."""
    w_is_clear = w.at + CAPWAP_SIZE <= w.cap and b[w.at] == 0
    if not w_is_clear:
        w.kind = STOP
        return
    first = be32(b, w.at)
    size, native, fragment = (first >> 19 & 31) * 4, first >> 8 & 1, first >> 7 & 1
    if size < CAPWAP_SIZE or native == 0 or fragment or w.at + size + SIZE > w.cap:
        w.kind = STOP
        return
    w.at += size
    _data_frame(w, row, b[w.at + 1], b[w.at])

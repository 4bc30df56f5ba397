"""Puts a stream's bytes in order, holding only what the parser cannot take yet.

A segment in order goes to the parser straight from the capture buffer. What the parser leaves (half a record header,
half a ClientHello) and what comes out of order waits in a slot; offsets in a slot count from the side's `expected`.
"""

from typing import Any

import numpy as np

from netdiag.connections.state import LOST_STREAM, SLOT_BYTES, SLOT_HAND, SLOT_RANGES, SLOTS, STREAMS_DROPPED
from netdiag.kernel import step


@step
def take_slot(owner: Any, sides: Any, slot_owner: Any, slot_ranges: Any, meta: Any) -> Any:
    """The first free slot for side `owner`; when none is free one is taken, in turn, from its stream, which is lost."""
    for j in range(SLOTS):  # the first: memory that was used before is used again
        if slot_owner[j] < 0:
            break
    else:
        j = meta[SLOT_HAND]
        meta[SLOT_HAND] = (j + 1) % SLOTS
        loser = sides[slot_owner[j]]
        loser.slot = -1
        loser.stream = LOST_STREAM
        meta[STREAMS_DROPPED] += 1
    slot_owner[j] = owner
    slot_ranges[j] = 0
    sides[owner].slot = j
    return j


@step
def release(side: Any, slot_owner: Any) -> None:
    """Give the side's slot back, if it has one."""
    if side.slot >= 0:
        slot_owner[side.slot] = -1
        side.slot = -1


@step
def insert(slot: Any, ranges: Any, b: Any, at: Any, length: Any, offset: Any) -> Any:
    """Copy b[at : at+length] to `offset` of the slot; False if it does not fit, in bytes or in pieces."""
    if offset + length > SLOT_BYTES:
        return False
    lo, hi = offset, offset + length
    free = -1
    for k in range(SLOT_RANGES):
        start, end = np.int64(ranges[k, 0]), np.int64(ranges[k, 1])
        if end == 0:
            free = k
        elif start <= hi and lo <= end:
            lo, hi = min(lo, start), max(hi, end)
            ranges[k, 0], ranges[k, 1] = 0, 0
            free = k
    if free < 0:
        return False
    for k in range(length):
        slot[offset + k] = b[at + k]
    ranges[free, 0], ranges[free, 1] = lo, hi
    return True


@step
def contiguous(ranges: Any) -> Any:
    """Bytes available from the slot's beginning on."""
    for k in range(SLOT_RANGES):
        if ranges[k, 0] == 0 and ranges[k, 1] > 0:
            return np.int64(ranges[k, 1])
    return np.int64(0)


@step
def consume(slot: Any, ranges: Any, count: Any) -> Any:
    """Drop the first `count` bytes of the slot; True if nothing is left in it."""
    top = np.int64(0)
    for k in range(SLOT_RANGES):
        top = max(top, np.int64(ranges[k, 1]))
        ranges[k, 0] = max(np.int64(ranges[k, 0]) - count, 0)
        ranges[k, 1] = max(np.int64(ranges[k, 1]) - count, 0)
    for k in range(count, top):
        slot[k - count] = slot[k]
    return top <= count

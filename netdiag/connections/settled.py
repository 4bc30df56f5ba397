"""Keeps rows that nobody speaks of squeezed to less than half their size, and brings them back when a packet comes for them.

Memory that is touched for the first time costs as much as all of tracking, so only the connections of the moment have their rows in the
tables; places there are used again and again and stay in the cache. A row is laid flat, as words of eight bytes; of each the lowest bytes
that are not zero are kept, of times and refs only how far they are from the connection's first packet. Nothing is lost: what a row says
does not depend on whether it was settled.

A settled row: number of its connection and bytes in all (4 bytes each), time and ref of the first packet, for each word the number of
its bytes (4 bits), and these bytes. The machine's lowest byte must come first, as on all that numba knows.
"""

from typing import Any

import numpy as np

from netdiag.connections.connection import CONNECTION, PHASES
from netdiag.connections.lone import source_of
from netdiag.connections.state import (
    AWAKENED,
    CONNECTION_WORDS,
    FREE,
    HAND,
    LIVE,
    LIVE_WORDS,
    MOST_PLACES,
    ROW_WORDS,
    SETTLED,
    SIDE_STATE,
    SIDES_WORDS,
    TABLES,
    WASTE,
)
from netdiag.kernel import kernel, step
from netdiag.memory import leading_zeros, put_word, word

WORD = 8
HEAD, CONTROL = 3 * WORD, WORD * -(-ROW_WORDS // (2 * WORD))
MOST_BYTES = HEAD + CONTROL + WORD * (ROW_WORDS + 1)
"""No settled row takes more; its last word may be written, and read, past its end."""
SHARE = 8
"""One in so many places is made free at once..."""
CALLED_BACK = 2
"""...and when one in so many of these comes back before the next time, the tables are too small."""

PLAIN, TIME, REF = 0, 1, 2
DURATIONS = ("wait_ns", "rtt_ns", "prev_gap_ns")
LOWEST, ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


def _kinds() -> Any:
    kinds, start = np.zeros(ROW_WORDS, np.uint8), 0
    for table in TABLES:
        for name, (_, at, *_) in (table.fields or {}).items():
            if name.endswith("_ref") or (name.endswith("_ns") and name not in DURATIONS):
                kinds[start + at // WORD] = REF if name.endswith("_ref") else TIME
        start += table.itemsize // WORD
    return kinds


KINDS = _kinds()
"""What each word of a flat row is."""
TIMES, REFS = np.flatnonzero(KINDS == TIME), np.flatnonzero(KINDS == REF)
LOWEST_BYTES = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)] + [0] * (15 - WORD), np.uint64)
"""A word of which so many of the lowest bytes are set."""
_CONNECTION: Any = CONNECTION.fields
OF_SIDES, OF_CONNECTION, OF_WAITS = LIVE_WORDS, LIVE_WORDS + SIDES_WORDS, LIVE_WORDS + SIDES_WORDS + CONNECTION_WORDS
"""Where each table's words begin in a flat row."""
FIRST_NS, FIRST_REF = (OF_CONNECTION + _CONNECTION[name][1] // WORD for name in ("first_ns", "first_ref"))
LIVE_BYTES, SIDES_BYTES, CONNECTION_BYTES, WAITS_BYTES = LIVE.itemsize, 2 * SIDE_STATE.itemsize, CONNECTION.itemsize, WORD * PHASES


@step
def lay_flat(place: Any, rows: Any, sides: Any, live: Any, waits: Any, flat: Any, at: Any) -> None:
    """Copy the row at a place of the tables to flat[at:]."""
    for k in range(LIVE_WORDS):
        flat[at + k] = word(live, place * LIVE_BYTES + WORD * k)
    for k in range(SIDES_WORDS):
        flat[at + OF_SIDES + k] = word(sides, place * SIDES_BYTES + WORD * k)
    for k in range(CONNECTION_WORDS):
        flat[at + OF_CONNECTION + k] = word(rows, place * CONNECTION_BYTES + WORD * k)
    for k in range(PHASES):
        flat[at + OF_WAITS + k] = word(waits, place * WAITS_BYTES + WORD * k)


@step
def set_up(place: Any, rows: Any, sides: Any, live: Any, waits: Any, flat: Any) -> None:
    """Copy a flat row to a place of the tables."""
    for k in range(LIVE_WORDS):
        put_word(live, place * LIVE_BYTES + WORD * k, flat[k])
    for k in range(SIDES_WORDS):
        put_word(sides, place * SIDES_BYTES + WORD * k, flat[OF_SIDES + k])
    for k in range(CONNECTION_WORDS):
        put_word(rows, place * CONNECTION_BYTES + WORD * k, flat[OF_CONNECTION + k])
    for k in range(PHASES):
        put_word(waits, place * WAITS_BYTES + WORD * k, flat[OF_WAITS + k])


@step
def clear(place: Any, rows: Any, sides: Any, live: Any, waits: Any) -> None:
    """Make a place of the tables all zeros, as a new connection finds it."""
    for k in range(LIVE_WORDS):
        put_word(live, place * LIVE_BYTES + WORD * k, np.uint64(0))
    for k in range(SIDES_WORDS):
        put_word(sides, place * SIDES_BYTES + WORD * k, np.uint64(0))
    for k in range(CONNECTION_WORDS):
        put_word(rows, place * CONNECTION_BYTES + WORD * k, np.uint64(0))
    for k in range(PHASES):
        put_word(waits, place * WAITS_BYTES + WORD * k, np.uint64(0))


@step
def folded(difference: Any) -> Any:
    """A difference modulo 2^64 as a number that is small when the difference is, up or down."""
    return difference << LOWEST ^ (ALL if difference >> np.uint64(63) else np.uint64(0))


@step
def near(value: Any, base: Any) -> Any:
    """How far `value` is from `base`, as a small number; 0 stays 0, which says that nothing happened."""
    far, of_zero = folded(value - base), folded(np.uint64(0) - base)
    if far == of_zero:
        return np.uint64(0)
    return far + LOWEST if far < of_zero else far


@step
def from_near(kept: Any, base: Any) -> Any:
    """What `near` was given."""
    if kept == 0:
        return np.uint64(0)
    far = kept - LOWEST if kept <= folded(np.uint64(0) - base) else kept
    return base + (far >> LOWEST ^ (ALL if far & LOWEST else np.uint64(0)))


@step
def bytes_of(value: Any) -> Any:
    """How many of the lowest bytes hold a value that is not 0."""
    return (71 - np.int64(leading_zeros(value))) >> 3


@step
def squeeze_table(table: Any, at: Any, words: Any, k: Any, first_ns: Any, first_ref: Any, settled: Any, control: Any, to: Any) -> Any:
    """Move what a connection has in one table, from byte `at` on, to settled[to:] and leave zeros; returns where it ends.

    Its first word is word `k` of the flat row.
    """
    for i in range(words):
        value = word(table, at + WORD * i)
        if value == 0:
            continue
        put_word(table, at + WORD * i, np.uint64(0))
        if KINDS[k + i] == TIME:
            value = near(value, first_ns)
        elif KINDS[k + i] == REF:
            value = near(value, first_ref)
        size = bytes_of(value)
        put_word(settled, to, value)
        settled[control + ((k + i) >> 1)] |= size << (4 * ((k + i) & 1))
        to += size
    return to


@step
def squeeze(number: Any, place: Any, rows: Any, sides: Any, live: Any, waits: Any, settled: Any, start: Any) -> Any:
    """Move the row at a place to settled[start:] and leave zeros, as a new connection finds them; returns where it ends."""
    first_ns, first_ref = np.uint64(rows[place].first_ns), np.uint64(rows[place].first_ref)
    put_word(settled, start + WORD, first_ns)
    put_word(settled, start + 2 * WORD, first_ref)
    control, to = start + HEAD, start + HEAD + CONTROL
    for k in range(0, CONTROL, WORD):
        put_word(settled, control + k, np.uint64(0))
    to = squeeze_table(live, place * LIVE_BYTES, LIVE_WORDS, 0, first_ns, first_ref, settled, control, to)
    to = squeeze_table(sides, place * SIDES_BYTES, SIDES_WORDS, OF_SIDES, first_ns, first_ref, settled, control, to)
    to = squeeze_table(rows, place * CONNECTION_BYTES, CONNECTION_WORDS, OF_CONNECTION, first_ns, first_ref, settled, control, to)
    to = squeeze_table(waits, place * WAITS_BYTES, PHASES, OF_WAITS, first_ns, first_ref, settled, control, to)
    put_word(settled, start, np.uint64(number) | np.uint64(to - start) << np.uint64(32))
    return to


@step
def number_of(settled: Any, start: Any) -> Any:
    """The connection whose settled row begins at `start`."""
    return np.int64(word(settled, start) & np.uint64(0xFFFFFFFF))


@step
def size_of(settled: Any, start: Any) -> Any:
    """Bytes of the settled row at `start`."""
    return np.int64(word(settled, start) >> np.uint64(32))


@step
def restore(settled: Any, start: Any, flat: Any, to: Any) -> None:
    """Write the settled row at `start` to flat[to:]."""
    first_ns, first_ref = word(settled, start + WORD), word(settled, start + 2 * WORD)
    control, at = start + HEAD, start + HEAD + CONTROL
    for first in range(0, ROW_WORDS, 16):
        sizes = word(settled, control + first // 2)
        for k in range(first, min(first + 16, ROW_WORDS)):
            size = sizes & np.uint64(15)
            put_word(flat, WORD * (to + k), word(settled, at) & LOWEST_BYTES[size])  # no branch: which words are empty is unpredictable
            at += np.int64(size)
            sizes >>= np.uint64(4)
    for i in range(TIMES.size):
        here = WORD * (to + TIMES[i])
        put_word(flat, here, from_near(word(flat, here), first_ns))
    for i in range(REFS.size):
        here = WORD * (to + REFS[i])
        put_word(flat, here, from_near(word(flat, here), first_ref))


@step
def settle_place(
    place: Any, rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any, settled: Any, meta: Any
) -> None:  # fmt: skip
    """Settle the connection at a place and make the place free."""
    number, start = np.int64(holders[place]), meta[SETTLED]
    links[number].source = source_of(rows[place], live[place], sides[2 * place], sides[2 * place + 1])
    meta[SETTLED] = squeeze(number, place, rows, sides, live, waits, settled, start)
    links[number].at = -1 - start
    leave(place, holders, free, meta)


@step
def leave(place: Any, holders: Any, free: Any, meta: Any) -> None:
    """Make a place free that is all zeros."""
    holders[place] = -1
    free[meta[FREE]] = place
    meta[FREE] += 1


@step
def take(number: Any, holders: Any, free: Any, links: Any, meta: Any) -> Any:
    """A free place, all zeros, for a connection; the caller knows that there is one."""
    meta[FREE] -= 1
    place = np.int64(free[meta[FREE]])
    holders[place] = number
    links[number].at = place
    return place


@step
def awaken(
    number: Any, rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any, settled: Any, flat: Any, meta: Any
) -> Any:  # fmt: skip
    """Bring a settled connection back to the tables; returns its place."""
    start = -1 - links[number].at
    restore(settled, start, flat, np.int64(0))
    place = take(number, holders, free, links, meta)
    set_up(place, rows, sides, live, waits, flat)
    live[place].used = 1
    meta[WASTE] += size_of(settled, start)
    meta[AWAKENED] += 1
    return place


@step
def crowded(holders: Any, meta: Any) -> Any:
    """Whether connections are called back so often that the tables should be larger."""
    return holders.size < MOST_PLACES and meta[AWAKENED] * SHARE * CALLED_BACK > holders.size


@step
def settle(
    least: Any, rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any, settled: Any, meta: Any
) -> Any:  # fmt: skip
    """Make `least` places free, and some more; False if something must grow first.

    Those go that no packet came for since the hand last passed them; streams that wait for bytes stay.
    """
    if meta[FREE] >= least:
        return True
    goal = min(least + holders.size // SHARE, holders.size)
    if crowded(holders, meta) or settled.size - meta[SETTLED] < (goal - meta[FREE]) * MOST_BYTES:
        return False
    for _ in range(2 * holders.size):
        if meta[FREE] >= goal:
            break
        place = meta[HAND]
        meta[HAND] = place + 1 if place + 1 < holders.size else 0
        if holders[place] < 0 or sides[2 * place].slot >= 0 or sides[2 * place + 1].slot >= 0:
            continue
        if live[place].used:
            live[place].used = 0
        else:
            settle_place(place, rows, sides, live, waits, holders, free, links, settled, meta)
    meta[AWAKENED] = 0
    return meta[FREE] >= least


@kernel
def settle_all(rows: Any, sides: Any, live: Any, waits: Any, holders: Any, free: Any, links: Any, settled: Any, meta: Any) -> None:
    """Settle every connection that does not wait for bytes; the caller knows that there is room for all."""
    for place in range(holders.size):
        if holders[place] >= 0 and sides[2 * place].slot < 0 and sides[2 * place + 1].slot < 0:
            settle_place(place, rows, sides, live, waits, holders, free, links, settled, meta)


@kernel
def close_up(settled: Any, links: Any, moved: Any, meta: Any) -> None:
    """Drop rows that were brought back since; `moved` numbers all connections as they are."""
    close(settled, links, moved, meta)


@step
def close(settled: Any, links: Any, moved: Any, meta: Any) -> None:
    """Drop rows that were brought back since, and those whose connection is gone (`moved` is -1), and give the others their new numbers."""
    start = end = np.int64(0)
    while start < meta[SETTLED]:
        number, size = number_of(settled, start), size_of(settled, start)
        if links[number].at == -1 - start and moved[number] >= 0:
            links[number].at = -1 - end
            for k in range(0, size if end < start else 0, WORD):
                put_word(settled, end + k, word(settled, start + k))
            put_word(settled, end, np.uint64(moved[number]) | np.uint64(size) << np.uint64(32))
            end += size
        start += size
    meta[SETTLED], meta[WASTE] = end, 0

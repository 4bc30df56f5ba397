"""Reads captures into facts: every packet decoded and tracked, nothing judged."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

from netdiag.ahead import ahead

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netdiag.capture.capture import Capture
    from netdiag.capture.input import Input
    from netdiag.capture.stream import Stream
    from netdiag.connections.columns import Columns
    from netdiag.connections.silences import Silences
    from netdiag.connections.tables import Tables
    from netdiag.connections.tracker import Tracker
    from netdiag.packets.decode import Decoder

CHUNK_BYTES = 1 << 21
"""Bytes read at a time: few enough that chunks are still in the cache when they are decoded and tracked, enough to be worth handing on."""


COUNTS = (
    "packets", "ipv4", "ipv6", "tcp", "udp", "icmp", "icmpv6", "syn", "syn_ack", "rst", "fin",
    "client_hello", "server_hello", "dns", "quic", "wireguard",
)  # fmt: skip
"""What is counted of every input, in the order of `netdiag info`."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one capture holds."""

    inputs: Sequence[Input]
    counts: Sequence[Mapping[str, int]]
    """Per input: packets that hold each layer, and frames that completed a TLS hello."""
    input_oddities: Sequence[Mapping[str, int]]
    snis: Sequence[Sequence[str]]
    """Per input: distinct server names asked for, sorted."""
    tables: Tables
    oddities: Mapping[str, int]
    partial: bool = False
    """Reading was interrupted: this is what was read until then."""


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How captures are read."""

    since_ns: int | None = None
    """Packets before this time are passed over (ns since the epoch)."""
    until_ns: int | None = None
    """Packets from this time on are passed over."""
    recursive: bool = False
    chunk_bytes: int = CHUNK_BYTES
    """The answer does not depend on it."""
    memory_bytes: int | None = None
    """Memory to take before the tables of a long capture, in temporary files, give theirs back. None: what suits the machine."""
    progress: Callable[[int], None] | None = None
    """Told the input bytes read since the last call."""


def read_facts(paths: Sequence[str | os.PathLike[str]], options: ReadOptions, prepare_next: Callable[[], object] = lambda: None) -> Facts:
    """Read captures as one, ordered by time.

    `prepare_next` is called in a thread of its own when reading has begun: to import what the caller will need afterwards.

    Raises
    ------
    CaptureError
        An input that was named cannot be read at all.
    ConfigError
        The environment forbids compiled code.
    """
    from netdiag.capture.stream import HANDFUL_BYTES, begun

    first, beside = os.fsdecode(paths[0]) if paths else "", options.chunk_bytes >= HANDFUL_BYTES
    with begun(first, options.progress, beside=beside) as early:
        return _read(paths, options, prepare_next, early)


def _read(paths: Sequence[str | os.PathLike[str]], options: ReadOptions, prepare_next: Callable[[], object], early: Stream | None) -> Facts:
    """The same while the first file is decompressed already, if it is compressed: what is imported here takes a while."""
    import numpy as np

    from netdiag.capture.capture import Capture
    from netdiag.connections import spill
    from netdiag.connections.connection import Mark
    from netdiag.connections.derived import derived
    from netdiag.connections.silences import holes, near
    from netdiag.connections.tables import Tables
    from netdiag.connections.tracker import prepare

    prepare()
    spill.keep(options.memory_bytes)
    with Capture(paths, recursive=options.recursive, chunk_bytes=options.chunk_bytes, progress=options.progress, begun=early) as capture:
        decoder, tracker, silences, partial = _tracked(capture, options, prepare_next)
    columns, inputs = derived(tracker.finish()), range(len(capture.inputs))
    gaps = holes(columns, silences.spans())
    if gaps:
        columns["marks"][near(columns, gaps)] |= np.uint32(Mark.NEAR_HOLE)
    odd = [_odd(decoder, index) for index in inputs]
    return Facts(
        inputs=capture.inputs,
        counts=[_counts(decoder, tracker, index) for index in inputs],
        input_oddities=odd,
        snis=_snis(columns, len(inputs)),
        tables=Tables(columns, *_span(capture, options), _quality(capture, odd, tracker, columns, len(gaps)), gaps),
        oddities=_total(odd, tracker),
        partial=partial,
    )


def _tracked(capture: Capture, options: ReadOptions, prepare_next: Callable[[], object]) -> tuple[Decoder, Tracker, Silences, bool]:
    """What its packets come to, and whether somebody interrupted."""
    from netdiag.capture.record import TURNS
    from netdiag.connections.derived import load
    from netdiag.connections.silences import Silences
    from netdiag.connections.tracker import Tracker
    from netdiag.packets.decode import Decoder

    inputs = len(capture.inputs)
    decoder, tracker, silences = Decoder(inputs), Tracker(inputs, seed=int.from_bytes(os.urandom(7))), Silences()
    loads = Thread(target=_meanwhile, args=(tracker.load,), name="netdiag-loads", daemon=True)
    imports = Thread(target=_meanwhile, args=(load, prepare_next), name="netdiag-imports", daemon=True)
    loads.start()
    try:
        for packets, buffer, keys in ahead(_batches(capture, decoder, tracker, silences, options), TURNS):
            if imports.ident is None:
                loads.join()
                imports.start()
            tracker.feed(packets, buffer, keys)
        loads.join()
    except KeyboardInterrupt:
        return decoder, tracker, silences, True
    return decoder, tracker, silences, False


def _meanwhile(*works: Callable[[], object]) -> None:
    """Get what is needed next while another thread reads: where a decompressor or a pipe is slower than tracking, a processor is idle."""
    for work in works:
        with contextlib.suppress(Exception):  # it is raised again where it is needed
            work()


def _batches(
    capture: Capture, decoder: Decoder, tracker: Tracker, silences: Silences, options: ReadOptions
) -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]:
    """Packet rows in capture order, the bytes they point into, and what they are looked up by.

    They are valid while TURNS of them are in use: so every chunk is handed on, even one of which nothing is left.
    """
    for chunk in capture.chunks():
        chunk.records = _between(chunk.records, options)
        silences.feed(chunk.records["ts_ns"])
        if not len(chunk.records):
            yield decoder.nothing, chunk.buffer, tracker.keys(decoder.nothing)
        for packets in decoder.rows(chunk):
            yield packets, chunk.buffer, tracker.keys(packets)


def _between(records: Any, options: ReadOptions) -> Any:
    if options.since_ns is None and options.until_ns is None:
        return records
    keep = records["ts_ns"] >= (options.since_ns or 0)
    if options.until_ns is not None:
        keep &= records["ts_ns"] < options.until_ns
    return records[keep]


def _span(capture: Capture, options: ReadOptions) -> tuple[int, int]:
    """First and last time of what was asked for."""
    first = min((one.first_ns for one in capture.inputs if one.first_ns is not None), default=0)
    last = max((one.last_ns for one in capture.inputs if one.last_ns is not None), default=0)
    if options.since_ns is not None:
        first = max(first, options.since_ns)
    return first, last if options.until_ns is None else min(last, options.until_ns)


def _counts(decoder: Decoder, tracker: Tracker, index: int) -> dict[str, int]:
    from netdiag.packets.decode import COUNTED

    layers = dict(zip(COUNTED, decoder.counts[index].tolist(), strict=True))
    found = layers | dict(zip(("client_hello", "server_hello"), tracker.hello_counts[index].tolist(), strict=True))
    return {name: found[name] for name in COUNTS}


def _odd(decoder: Decoder, index: int) -> dict[str, int]:
    from netdiag.packets.packet import Oddity

    counts = zip(Oddity, decoder.oddities[index].tolist(), strict=True)
    return {str(oddity.name).lower(): count for oddity, count in counts if count}


def _quality(capture: Capture, odd: Sequence[Mapping[str, int]], tracker: Tracker, columns: Columns, gaps: int) -> dict[str, int]:
    from netdiag.connections.quality import begun_before, one_sided, translated, unseen_data

    return {
        "one_sided": one_sided(columns),
        "duplicated": tracker.duplicates,
        "snaplen_cut": sum(each.get("snaplen_cut", 0) for each in odd),
        "offload_segments": sum(each.get("offload", 0) for each in odd),
        "capture_drops": sum(one.drops for one in capture.inputs),
        "capture_holes": gaps,
        "unseen_data": unseen_data(columns),
        "begun_before": begun_before(columns),
        "translated": translated(columns),
        "clock_steps": sum(each.get("clock_backwards", 0) for each in odd),
    }


def _total(odd: Sequence[Mapping[str, int]], tracker: Tracker) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in odd:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    if tracker.streams_dropped:
        total["tls_stream_dropped"] = tracker.streams_dropped
    if tracker.forgotten:
        total["lone_syn_forgotten"] = tracker.forgotten
    return total


def _snis(columns: Columns, inputs: int) -> list[list[str]]:
    import numpy as np

    from netdiag.capture.ref import REF_FILE_SHIFT
    from netdiag.connections.blocks import in_blocks, unique

    names, found = columns.texts("sni"), [np.zeros(0, np.int64)]
    for _, column in in_blocks(columns, ("sni", "hello_done_ref")):
        named = column["sni"] >= 0
        files = column["hello_done_ref"][named] >> REF_FILE_SHIFT
        found.append(unique(files * (len(names) + 1) + column["sni"][named]))
    asked = unique(np.concatenate(found))
    by_file: list[list[str]] = [[] for _ in range(inputs)]
    for file, code in zip(*(part.tolist() for part in np.divmod(asked, len(names) + 1)), strict=True):
        by_file[file].append(names[code])
    return [sorted(found) for found in by_file]

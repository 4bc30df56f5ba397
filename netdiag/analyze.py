"""The whole path on one page: captures in, facts, findings and a verdict per source out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from netdiag.errors import ConfigError
from netdiag.findings.finding import Finding, Severity

if TYPE_CHECKING:
    import pandas as pd

    from netdiag.capture.capture import Capture
    from netdiag.capture.input import Input
    from netdiag.connections.tables import Tables
    from netdiag.connections.tracker import Tracker
    from netdiag.packets.decode import Decoder
    from netdiag.verdicts.verdict import Verdict

CHUNK_BYTES = 4 << 20
"""Bytes read at a time: small enough that a chunk is still in the cache when it is decoded and tracked."""

JUDGED = ("tls_state", "stall_phase", "stall_us", "stall_outcome")
"""Columns of `connections` that are judgements, of `tls-handshake-stall` at the thresholds in force."""

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@dataclass(frozen=True)
class Result:
    """What one capture says: `connections`, `sources` and `findings` are DataFrames, everything else are values."""

    inputs: Sequence[Input]
    counts: Sequence[Mapping[str, int]]
    """Per input: packets that hold each layer, and completed TLS hellos."""
    input_oddities: Sequence[Mapping[str, int]]
    snis: Sequence[Sequence[str]]
    """Per input: distinct server names asked for, sorted."""
    tables: Tables
    oddities: Mapping[str, int]
    finding_list: Sequence[Finding] = ()
    verdicts: Sequence[Verdict] = ()
    suppressed: Sequence[tuple[str, str]] = ()
    """Finding id and reason of what an allow-list or a filter held back."""
    partial: bool = False
    """Reading was interrupted: what was read until then is judged."""
    shown: Sequence[str] = field(default=(), repr=False)
    """Networks the tables are limited to; empty for all."""

    @cached_property
    def connections(self) -> pd.DataFrame:
        """One row per TCP connection attempt: the facts of `Tables.connections` and how its TLS handshake is judged."""
        return _only(self.tables.connections, "src", self.shown)

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per source, worst first."""
        from netdiag.verdicts.sources import sources_frame

        return _only(sources_frame(self.tables.connections, self.tables.last_ns, self.finding_list, self.verdicts), "source", self.shown)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row per finding; times are UTC timestamps."""
        from netdiag.findings.frame import findings_frame

        return findings_frame(self.finding_list)

    def document(self) -> dict[str, Any]:
        """The result as plain data, schema `netdiag.result/1`."""
        from netdiag.reports.document import document

        return document(self)

    def _repr_html_(self) -> str:
        from netdiag.notebook import html

        return html(self)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `analyze` may be told; defaults are those of the command."""

    thresholds: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Detector slug to the thresholds that differ from their defaults."""
    detectors: Sequence[str] = ()
    """Codes or slugs; empty for all."""
    source: Sequence[str] = ()
    """Networks to report on; every source is still read, since neighbours tell a source's fault from a general one."""
    min_severity: Severity = Severity.INFO
    allow: Sequence[tuple[str, str]] = ()
    """(network or finding id, reason): findings not to report."""
    since_ns: int | None = None
    until_ns: int | None = None
    recursive: bool = False
    chunk_bytes: int = CHUNK_BYTES
    progress: Callable[[int], None] | None = None
    """Told the input bytes read since the last call."""


def analyze(paths: Paths, **options: Any) -> Result:
    """Read captures as one and judge every source in them.

    Parameters
    ----------
    paths : str, path or several
        Files, directories, globs, or "-" for standard input.
    **options
        See `Options`.

    Raises
    ------
    CaptureError
        An input that was named cannot be read at all.
    ConfigError
        An unknown option, detector or threshold.
    """
    return judge(read(paths, **options), **options)


def read(paths: Paths, **options: Any) -> Result:
    """The facts alone: decode and track every packet, judge nothing."""
    from netdiag.capture.capture import Capture
    from netdiag.connections.frame import connections_frame
    from netdiag.connections.tables import Tables
    from netdiag.connections.tracker import Tracker
    from netdiag.packets.decode import Decoder

    o = _options(options)
    several = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    capture = Capture(several, recursive=o.recursive, chunk_bytes=o.chunk_bytes, progress=o.progress)
    decoder, tracker = Decoder(len(capture.inputs)), Tracker(len(capture.inputs))
    partial = False
    try:
        for chunk in capture.chunks():
            if o.since_ns is not None or o.until_ns is not None:
                chunk.records = _between(chunk.records, o.since_ns, o.until_ns)
            for packets in decoder.rows(chunk):
                tracker.feed(packets, chunk.buffer)
    except KeyboardInterrupt:
        partial = True
    frame = connections_frame(tracker.state)
    first, last = _span(capture, o)
    tables = Tables(frame, first, last, _quality(capture, decoder, tracker, frame))
    return Result(
        inputs=capture.inputs,
        counts=[
            {**_layers(decoder, one.index), "client_hello": int(hellos[0]), "server_hello": int(hellos[1])}
            for one, hellos in zip(capture.inputs, tracker.hello_counts, strict=True)
        ],
        input_oddities=[_odd(decoder, one.index) for one in capture.inputs],
        snis=_snis(frame, len(capture.inputs)),
        tables=tables,
        oddities=_oddities(decoder, tracker, len(capture.inputs)),
        partial=partial,
    )


def judge(facts: Result, **options: Any) -> Result:
    """Findings and verdicts on facts read before: another look at other thresholds costs no reading."""
    from dataclasses import replace

    from netdiag.connections.tables import Tables
    from netdiag.detectors import detector as registry
    from netdiag.detectors import tls_handshake_stall as stalls
    from netdiag.verdicts.decide import decide

    o = _options(options)
    chosen = {registry.find(name).slug for name in o.detectors} or {each.slug for each in registry.detectors()}
    tuned = {registry.find(name).slug: values for name, values in o.thresholds.items()}
    every = [each.with_thresholds(**tuned.get(each.slug, {})) for each in registry.detectors()]
    found = [finding for each in every if each.slug in chosen for finding in each.detect(facts.tables)]
    verdicts = decide(facts.tables, found)
    shown, suppressed = _reported(found, o)
    stall = next(each.thresholds for each in every if each.slug == "tls-handshake-stall")
    judged = facts.tables.connections.drop(columns=list(JUDGED), errors="ignore")
    judged = judged.join(stalls.judge(judged, facts.tables, stall)[list(JUDGED)])
    sources = {finding.source for finding in shown}
    return replace(
        facts,
        tables=Tables(judged, facts.tables.first_ns, facts.tables.last_ns, facts.tables.quality),
        finding_list=shown,
        verdicts=[verdict for verdict in verdicts if _within(verdict.source, o.source) and (verdict.source in sources or not suppressed)],
        suppressed=suppressed,
        shown=tuple(o.source),
    )


def _options(given: Mapping[str, Any]) -> Options:
    try:
        return Options(**given)
    except TypeError as wrong:
        raise ConfigError(f"{wrong}. Valid: {', '.join(Options.__dataclass_fields__)}") from wrong


def _between(records: Any, since_ns: int | None, until_ns: int | None) -> Any:
    keep = records["ts_ns"] >= (since_ns if since_ns is not None else records["ts_ns"].min(initial=0))
    if until_ns is not None:
        keep &= records["ts_ns"] < until_ns
    return records[keep]


def _span(capture: Capture, o: Options) -> tuple[int, int]:
    firsts = [one.first_ns for one in capture.inputs if one.first_ns is not None]
    lasts = [one.last_ns for one in capture.inputs if one.last_ns is not None]
    first, last = min(firsts, default=0), max(lasts, default=0)
    return max(first, o.since_ns or first), min(last, o.until_ns if o.until_ns is not None else last)


def _quality(capture: Capture, decoder: Decoder, tracker: Tracker, frame: pd.DataFrame) -> dict[str, int]:
    from netdiag.connections.quality import one_sided

    odd = [_odd(decoder, one.index) for one in capture.inputs]
    return {
        "one_sided": one_sided(frame),
        "duplicated": tracker.duplicates,
        "snaplen_cut": sum(each.get("snaplen_cut", 0) for each in odd),
        "offload_segments": sum(each.get("offload", 0) for each in odd),
        "capture_drops": sum(one.drops for one in capture.inputs),
        "clock_steps": sum(each.get("clock_backwards", 0) for each in odd),
    }


def _layers(decoder: Decoder, index: int) -> dict[str, int]:
    from netdiag.packets.decode import COUNTED

    return dict(zip(COUNTED, decoder.counts[index].tolist(), strict=True))


def _odd(decoder: Decoder, index: int) -> dict[str, int]:
    from netdiag.packets.packet import Oddity

    counts = zip(Oddity, decoder.oddities[index].tolist(), strict=True)
    return {str(oddity.name).lower(): count for oddity, count in counts if count}


def _oddities(decoder: Decoder, tracker: Tracker, inputs: int) -> dict[str, int]:
    total: dict[str, int] = {}
    for index in range(inputs):
        for name, count in _odd(decoder, index).items():
            total[name] = total.get(name, 0) + count
    if tracker.streams_dropped:
        total["tls_stream_dropped"] = tracker.streams_dropped
    return total


def _snis(frame: pd.DataFrame, inputs: int) -> list[list[str]]:
    from netdiag.capture.record import REF_FILE_SHIFT

    named = frame.loc[frame["sni"].notna(), ["hello_done_ref", "sni"]]
    files = named["hello_done_ref"].to_numpy() >> REF_FILE_SHIFT
    by_file = named["sni"].astype(object).groupby(files).unique()
    return [sorted(by_file[index]) if index in by_file.index else [] for index in range(inputs)]


def _reported(found: Sequence[Finding], o: Options) -> tuple[list[Finding], list[tuple[str, str]]]:
    """Findings to show, worst first, and those held back with the reason."""
    shown, suppressed = [], []
    for finding in found:
        reason = next((why for what, why in o.allow if finding.id == what or _is_in(finding.source, what)), None)
        if reason is not None:
            suppressed.append((finding.id, reason))
        elif finding.severity >= o.min_severity and _within(finding.source, o.source):
            shown.append(finding)
    shown.sort(key=lambda f: (-f.severity, f.start_ns, f.source, f.destination or "", f.code))
    return shown, sorted(suppressed)


def _within(source: str, networks: Sequence[str]) -> bool:
    return not networks or any(_is_in(source, network) for network in networks)


def _is_in(source: str, network: str) -> bool:
    try:
        inside, whole = ip_network(source, strict=False), ip_network(network, strict=False)
    except ValueError:
        return False
    return inside.version == whole.version and inside.subnet_of(whole)  # type: ignore[arg-type]


def _only(frame: pd.DataFrame, column: str, networks: Sequence[str]) -> pd.DataFrame:
    if not networks:
        return frame
    inside = {name for name in frame[column].unique() if _within(str(name), networks)}
    return frame[frame[column].isin(inside)].reset_index(drop=True)


def network(text: str) -> str:
    """A network or address as given on the command line, checked."""
    try:
        ip_network(text, strict=False)
    except ValueError as wrong:
        raise ConfigError(f"{text!r} is no address or network. Give one such as 192.0.2.7 or 2001:db8::/32") from wrong
    return text


class Reading:
    """A capture that is read when something is first asked of it."""

    def __init__(self, paths: Paths, **options: Any) -> None:
        self._paths, self._given = paths, options
        _options(options)

    @cached_property
    def facts(self) -> Result:
        """What was read, not yet judged."""
        return read(self._paths, **self._given)

    @cached_property
    def result(self) -> Result:
        """Facts with findings and verdicts at the options given."""
        return judge(self.facts, **self._given)

    def analyze(self, **options: Any) -> Result:
        """Judge again with other options (thresholds, detectors, sources) without reading again."""
        return judge(self.facts, **{**self._given, **options})

    @property
    def connections(self) -> pd.DataFrame:
        """See `Result.connections`."""
        return self.result.connections

    @property
    def sources(self) -> pd.DataFrame:
        """See `Result.sources`."""
        return self.result.sources

    @property
    def findings(self) -> pd.DataFrame:
        """See `Result.findings`."""
        return self.result.findings

    def _repr_html_(self) -> str:
        return self.result._repr_html_()


def open(paths: Paths, **options: Any) -> Reading:  # noqa: A001  the verb a reader of captures looks for
    """A capture to ask questions of; nothing is read yet."""
    return Reading(paths, **options)



"""The whole path on one page: captures in, facts, findings and a verdict per source out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netdiag.errors import ConfigError
from netdiag.facts import Facts, ReadOptions, read_facts
from netdiag.findings.finding import Finding, Severity
from netdiag.findings.scope import is_in, network, only, within, within_each

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from netdiag.findings.labels import Labels
    from netdiag.verdicts.extent import Extent
    from netdiag.verdicts.verdict import Verdict

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@dataclass(frozen=True, kw_only=True)
class Options(ReadOptions):
    """What `analyze` may be told; defaults are those of the command."""

    thresholds: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Detector slug to the thresholds that differ from their defaults."""
    detectors: Sequence[str] = ()
    """Codes or slugs; empty for all."""
    source: Sequence[str] = ()
    """Networks to report on; every source is still read, since neighbours tell a source's fault from a general one."""
    min_severity: Severity = Severity.INFO
    labels: str | os.PathLike[str] | None = None
    """File that names populations of sources: CSV (cidr,label) or a provider's JSON."""
    allow: Sequence[tuple[str, str]] = ()
    """(network or finding id, reason): findings not to report."""


@dataclass(frozen=True, kw_only=True)
class Result(Facts):
    """What one capture says: `connections`, `sources` and `findings` are DataFrames, everything else are values."""

    finding_list: Sequence[Finding] = ()
    """Worst first."""
    verdicts: Sequence[Verdict] = ()
    suppressed: Sequence[tuple[str, str]] = ()
    """Finding id and reason of what an allow-list held back."""
    labels: Labels | None = field(default=None, repr=False)
    """Names of populations of sources."""
    shown: Sequence[str] = field(default=(), repr=False)
    """Networks the tables are limited to; empty for all."""

    @cached_property
    def connections(self) -> pd.DataFrame:
        """One row per TCP connection attempt: the facts of `Tables.connections` and how its TLS handshake is judged."""
        return only(self.tables.columns, "src", self.shown).frame

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row per source, worst first."""
        from netdiag.verdicts.sources import sources_frame

        return sources_frame(self.by_source)

    @cached_property
    def by_source(self) -> Mapping[str, NDArray[Any]]:
        """What `sources` shows, as arrays: reports need no more, and pandas takes long to import."""
        from netdiag.verdicts.sources import sources

        every = sources(self.tables, self.finding_list, self.verdicts, self.labels)
        inside = within_each(every["source"], self.shown)
        return {name: column[inside] for name, column in every.items()}

    @cached_property
    def extent(self) -> Extent:
        """Who is in trouble: one source, one population, the users of one destination, or everyone."""
        from netdiag.verdicts.extent import extent

        return extent(self.by_source, self.tables.columns, self.verdicts, self.tables.quality)

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
    return judge(_read(paths, options, _import_judges), **options)


def read(paths: Paths, **options: Any) -> Result:
    """The facts alone, judged by nobody."""
    return _read(paths, options, lambda: None)


def _import_judges() -> None:
    from netdiag.detectors.detector import detectors
    from netdiag.verdicts import decide, extent, sources  # noqa: F401

    detectors()


def _read(paths: Paths, options: Mapping[str, Any], prepare_next: Callable[[], object]) -> Result:
    facts = read_facts([paths] if isinstance(paths, str | os.PathLike) else list(paths), _options(options), prepare_next)
    return Result(**{each.name: getattr(facts, each.name) for each in fields(facts)})


def judge(facts: Result, **options: Any) -> Result:
    """Findings and verdicts on facts read before: another look at other thresholds costs no reading."""
    from dataclasses import replace

    from netdiag.detectors import detector as registry
    from netdiag.detectors import tls_handshake_stall as stalls
    from netdiag.verdicts.decide import decide

    o = _options(options)
    tuned = {registry.find(name).slug: values for name, values in o.thresholds.items()}
    every = [each.with_thresholds(**tuned.get(each.slug, {})) for each in registry.detectors()]
    chosen = {registry.find(name).slug for name in o.detectors} or {each.slug for each in every}
    found: list[Finding] = []
    for each in (each for each in every if each.slug in chosen):
        found += each.detect(facts.tables)
    shown, suppressed = _reported(found, o)
    stall = next(each.thresholds for each in every if each.slug == "tls-handshake-stall")
    judged = replace(facts.tables, columns=facts.tables.columns.joined(stalls.judge(facts.tables, stall)))
    judged.shared.update(facts.tables.shared)  # the same rows
    return replace(
        facts,
        tables=judged,
        finding_list=shown,
        verdicts=[verdict for verdict in decide(judged, found) if _is_told(verdict.source, shown, suppressed, o)],
        suppressed=suppressed,
        labels=_labels(o.labels),
        shown=tuple(o.source),
    )


def _labels(file: str | os.PathLike[str] | None) -> Labels | None:
    if not file:
        return None
    from netdiag.findings.labels import Labels

    return Labels.read(file)


def _options(given: Mapping[str, Any]) -> Options:
    """The options, checked."""
    try:
        options = Options(**given)
    except TypeError as wrong:
        raise ConfigError(f"{wrong}. Valid: {', '.join(Options.__dataclass_fields__)}") from wrong
    if options.memory_bytes is not None and options.memory_bytes < 1:
        raise ConfigError(f"memory_bytes = {options.memory_bytes} must be at least 1, or None for what suits the machine")
    for whole in options.source:
        network(whole)
    return options


def _reported(found: Sequence[Finding], o: Options) -> tuple[list[Finding], list[tuple[str, str]]]:
    """Findings to show, worst first, and those held back with the reason."""
    shown, suppressed = [], []
    for finding in found:
        reason = next((why for what, why in o.allow if finding.id == what or is_in(finding.source, what)), None)
        if reason is not None:
            suppressed.append((finding.id, reason))
        elif finding.severity >= o.min_severity and within(finding.source, o.source):
            shown.append(finding)
    shown.sort(key=lambda f: (-f.severity, f.start_ns, f.source, f.destination or "", f.code))
    return shown, sorted(suppressed)


def _is_told(source: str, shown: Sequence[Finding], suppressed: Sequence[tuple[str, str]], o: Options) -> bool:
    """Whether a source's verdict is told: it is asked about, and not all that speaks against it is on the allow-list."""
    return within(source, o.source) and (not suppressed or any(finding.source == source for finding in shown))


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

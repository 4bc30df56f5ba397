"""Says a document in a few words: the parts that reports for people share."""

from __future__ import annotations

from netdiag.findings.wording import many
from netdiag.reports.document import Document
from netdiag.reports.timestamps import SECOND_NS, parse

SAID = frozenset({"snaplen_cut", "offload", "clock_backwards"})
"""Oddities that `quality` counts under a name of its own."""
SHARED = frozenset({"everyone", "population", "destination"})
"""Kinds of extent that say what the troubled sources have in common; the headline itself tells of the others."""


def trouble(document: Document) -> list[Document]:
    """Sources with a verdict or a finding, in the document's order (worst first)."""
    return [entry for entry in document["sources"] if entry["verdict"] or entry["findings"]]


def healthy(document: Document) -> list[Document]:
    """The other sources."""
    return [entry for entry in document["sources"] if not (entry["verdict"] or entry["findings"])]


def headline(document: Document) -> str:
    """The answer in one sentence."""
    bad, total = trouble(document), len(document["sources"])
    if not total:
        return "No TCP connection to judge."
    if not bad:
        return f"No trouble found: {many(total, 'source')}, {many(sum(e['connections'] for e in document['sources']), 'connection')}."
    judged = [entry for entry in bad if entry["verdict"]]
    if not judged:
        return f"Nothing is failing; {many(len(bad), 'source')} of {total:,} with something to know."
    worst = judged[0]
    more = f", and {len(judged) - 1} more" if len(judged) > 1 else ""
    return f"{len(judged):,} of {many(total, 'source')} in trouble: {worst['source']} by {worst['verdict']['cause']}{more}."


def extent(document: Document) -> str:
    """What the troubled sources share; "" where they share nothing."""
    told = document.get("extent")  # a result of an older version has none
    return str(told["summary"]) if told and told["kind"] in SHARED else ""


def outcome(entry: Document) -> str:
    """How a source's connections went, in numbers."""
    parts = [many(entry["connections"], "connection"), f"{entry['established']:,} established"]
    parts += [f"{entry[name]:,} {name.replace('_', ' ')}" for name in ("failed", "stalled", "reused_ports") if entry[name]]
    return ", ".join(parts)


def limits(document: Document) -> list[str]:
    """One sentence for everything that limits conclusions from this capture."""
    quality = document["quality"]
    own = {name: limit for name, limit in quality.items() if name != "oddities"}
    odd = {name: limit for name, limit in quality["oddities"].items() if name not in SAID}
    cut = ["interrupted: only a part of the input was read and judged"] if document["partial"] else []
    return cut + [f"{limit['count']:,} {name.replace('_', ' ')}: {limit['note']}" for name, limit in (own | odd).items() if limit["count"]]


def packets(finding: Document, most: int) -> list[str]:
    """What the evidence of a finding proves, each role once with up to `most` of its frames."""
    frames: dict[tuple[str, int], list[int]] = {}
    for packet in finding["evidence"]:
        frames.setdefault((packet["role"], packet["file"]), []).append(packet["frame"])
    said = []
    for (role, file), numbers in frames.items():
        named = ", ".join(map(str, numbers[:most])) + (f" and {len(numbers) - most} more" if len(numbers) > most else "")
        said.append(f"{role}: frame{'s' * (len(numbers) > 1)} {named}" + (f" of file {file}" if file else ""))
    return said


def span(one: Document) -> str:
    """When an input's packets were captured, with a comma before; nothing for an empty one."""
    if not one["first"]:
        return ""
    return f", {one['first'][:19].replace('T', ' ')} UTC, {duration(parse(one['last']) - parse(one['first']))}"


def duration(ns: int) -> str:
    """A length of time, three digits or the two units that matter."""
    seconds = max(ns, 0) / SECOND_NS
    for unit, size in (("µs", 1e-6), ("ms", 1e-3)):
        if 0 < seconds < 1000 * size:
            return f"{seconds / size:.3g} {unit}"
    if seconds < 120:
        return f"{seconds:.3g} s"
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{seconds / 60:.1f} min"


def human_p(value: float) -> str:
    """A p-value as people write it."""
    if value < 1e-300:
        return "p < 1e-300"
    return f"p = {value:.2g}"


def origin_ns(document: Document) -> int:
    """Time of the first packet of all inputs: zero of relative times."""
    return min((parse(one["first"]) for one in document["inputs"] if one["first"]), default=0)

"""Holds netdiag against captures whose truth is known, and prints where it falls short.

    python tests/tools/evaluate.py RUNS

RUNS is a folder of lab runs: one folder each, with `truth.json` (schema `netdiag.lab/1`) and the captures it names. All runs are judged
in this process. Each measure is a share with its counts; below its least it is marked, and every miss is listed with its run.
A run whose truth is in doubt (the lab says why) is left out, and named.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netdiag import Result, Severity, analyze
from netdiag.findings.scope import is_in
from netdiag.verdicts.decide import UNSURE

LEAST = {
    "source recall": 0.97, "source precision": 0.97, "stall recall": 0.95, "stall precision": 0.97, "phase right": 0.95,
    "mechanism right": 0.95,
    "penalty within 10 % or 1 s": 0.9, "threshold inside bounds": 0.9, "first cause": 0.9, "first two causes": 0.98, "calm sources": 1.0,
    "other views agree or are silent": 1.0,
}  # fmt: skip
"""What must be reached, in the order of the table."""
MAIN = "capture.pcap"
"""Where everything can be seen. Another view of a run must give the same verdict or none."""
NEAR_S = 0.5
"""The log of a client and a capture tell of one connection if they start this close, from one port."""
STALL_S = 1.0
"""Handshakes that took longer count as stalled in truth: the detector's own definition."""
CENSORED_S = 2.0
"""Connections that began this close to the end of a capture are not counted: nothing is overdue yet."""


@dataclass
class Score:
    """Hits and misses of every measure."""

    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    misses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, measure: str, right: bool, what: str) -> None:
        """Count one case."""
        if right:
            self.hits[measure] += 1
        else:
            self.misses[measure].append(what)

    def table(self) -> Iterator[str]:
        """One line per measure, then the misses."""
        yield f"{'measure':32} {'share':>7} {'of':>7} {'least':>6}"
        for measure, least in LEAST.items():
            right, count = self.hits[measure], self.hits[measure] + len(self.misses[measure])
            share = f"{right / count:.3f}" if count else "-"
            yield f"{measure:32} {share:>7} {count:>7} {least:>6}{'  SHORT' if count and right / count < least else ''}"
        for measure in LEAST:
            for what in self.misses[measure]:
                yield f"{measure}: {what}"


def evaluate(folder: Path, score: Score) -> None:
    """Judge every capture of one run."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    if truth["doubts"]:
        print(f"left out: {folder}: {'; '.join(truth['doubts'])}")
        return
    for capture in truth["captures"]:
        if not (folder / capture["name"]).is_file():
            print(f"left out: {folder / capture['name']} does not exist")
            continue
        result = analyze(folder / capture["name"])
        name = f"{folder.name}/{capture['name']}"
        for source in truth["sources"]:
            if capture["name"] != MAIN:
                hosts = {one.get("host") for one in truth["attempts"] if one["source"] == source["address"]} - {None}
                _view(result, source, {source["address"], *hosts}, name, score)
                continue
            _source(result, source, f"{name} {source['address']}", score)
        _stalls(result, truth, name, score)
        if capture["name"] == MAIN:
            _limits(result, truth, name, score)


def _found(result: Result, address: str, slug: str = "") -> list[Any]:
    return [one for one in result.finding_list if one.source == address and slug in ("", one.detector)]


def _source(result: Result, source: dict[str, Any], name: str, score: Score) -> None:
    """Which detectors fire, and which cause the verdict names."""
    address = source["address"]
    for slug in source["must_fire"]:
        score.add("source recall", bool(_found(result, address, slug)), f"{name}: {slug} is silent")
        score.add("source precision", True, "")
    for slug in source["must_not_fire"]:
        loud = [one for one in _found(result, address, slug) if one.severity >= Severity.MEDIUM]
        if loud:
            score.add("source precision", False, f"{name}: {loud[0].summary}")
    if source["role"] != "troubled":
        loud = [one for one in _found(result, address) if one.severity >= Severity.MEDIUM]
        score.add("calm sources", not loud, f"{name}: {loud[0].summary if loud else ''}")
    if source["mechanism"] and "flood-control-trip" in source["must_fire"]:
        named = [one.metrics["mechanism"] for one in _found(result, address, "flood-control-trip")]
        score.add("mechanism right", source["mechanism"] in named, f"{name}: {source['mechanism']}, not {named}")
    if source["cause"]:
        ranked = [cause.slug for verdict in result.verdicts if verdict.source == address for cause in verdict.causes]
        right = {source["cause"], *source["also_right"]}
        score.add("first cause", bool(right & set(ranked[:1])), f"{name}: {source['cause']}, not {ranked[:3]}")
        score.add("first two causes", bool(right & set(ranked[:2])), f"{name}: {source['cause']}, not {ranked[:3]}")


def _view(result: Result, source: dict[str, Any], addresses: set[str], name: str, score: Score) -> None:
    """From another place less can be known, but nothing else may be told; in front of a NAT it is told of its hosts."""
    right = {source["cause"], *source["also_right"]}
    told = [verdict for verdict in result.verdicts if verdict.source in addresses and verdict.causes and verdict.confidence >= UNSURE]
    for verdict in told:
        ranked = [cause.slug for cause in verdict.causes]
        score.add("other views agree or are silent", bool(right & set(ranked[:1])), f"{name} {verdict.source}: {ranked[:3]}")
    if not told:
        score.add("other views agree or are silent", True, "")


def _stalls(result: Result, truth: dict[str, Any], name: str, score: Score) -> None:
    """Stalled handshakes, connection by connection."""
    rows = result.connections
    rows = rows[rows["syn_ns"].to_numpy() > 0]
    by_port: dict[tuple[str, int], list[tuple[float, str, str]]] = defaultdict(list)
    facts = (rows["src"].astype(str), rows["sport"], rows["syn_ns"], rows["tls_state"], rows["stall_phase"])
    for src, sport, syn_ns, state, phase in zip(*(one.tolist() for one in facts), strict=True):
        by_port[src, sport].append(((syn_ns - truth["begun_ns"]) / 1e9, state, phase))
    last_s = (result.tables.last_ns - truth["begun_ns"]) / 1e9
    for one in truth["attempts"]:
        near = [row for row in by_port.get((one["src"], one["sport"]), ()) if abs(row[0] - one["start"]) < NEAR_S]
        if one["connect"] != "ok" or one["manner"] == "connect" or not near or one["start"] > last_s - CENSORED_S:
            continue
        _, state, phase = min(near, key=lambda row: abs(row[0] - one["start"]))
        true = bool(one["phase"]) or (one["tls"] == "complete" and one["tls_s"] > STALL_S)
        told, what = state == "stalled", f"{name} {one['src']}:{one['sport']} at {one['start']:.2f} s"
        if true:
            score.add("stall recall", told, f"{what}: {one['phase'] or 'recovered'}, not {state}")
        if told:
            score.add("stall precision", true, f"{what}: {phase}, but {one['tls']}")
        if true and told and one["phase"]:
            score.add("phase right", phase == one["phase"], f"{what}: {one['phase']}, not {phase}")


def _limits(result: Result, truth: dict[str, Any], name: str, score: Score) -> None:
    """Penalty and threshold of every flood control that went off."""
    last_s = (result.tables.last_ns - truth["begun_ns"]) / 1e9
    for control in truth["controls"]:
        settings = control["settings"]
        episodes = [(one["key"].partition(" port ")[0], one) for one in control["episodes"]]
        trips = [one for one in result.finding_list if one.detector == "flood-control-trip" and one.metrics["mechanism"] != "syn-proxy"]
        for trip in trips:
            whole = [one.get("until", last_s) < last_s for key, one in episodes if is_in(trip.source, key)]
            metrics, key = trip.metrics, trip.source
            if not whole:
                continue
            if any(whole) and (true := settings.get("penalty_s") or settings.get("hold_s")):
                told = metrics["penalty_s"]
                right = told is not None and abs(told - true) <= max(1.0, 0.1 * true)
                score.add("penalty within 10 % or 1 s", right, f"{name} {key}: {true:g} s, not {told} {metrics['penalty_interval_s']}")
            if settings.get("limit") and settings.get("window_s") and metrics["threshold_interval_per_s"]:
                true, (low, high) = settings["limit"] / settings["window_s"], metrics["threshold_interval_per_s"]
                score.add("threshold inside bounds", low <= true <= high, f"{name} {key}: {true:g} per s is not in [{low}, {high}]")


def main(runs: Path) -> None:
    """Print the table of all runs."""
    score = Score()
    folders = sorted(path.parent for path in runs.glob("*/truth.json"))
    for folder in folders:
        evaluate(folder, score)
    print(f"{len(folders)} runs")
    print(*score.table(), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

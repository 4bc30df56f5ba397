"""Runs the analysis as the options and the configuration say, and judges the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from netdiag.verbs.options import paths
from netdiag.verbs.terminal import progress_bar
from netdiag.verbs.verb import FOUND, INCOMPLETE, INTERRUPTED, USAGE, complain

if TYPE_CHECKING:
    from netdiag.analyze import Result
    from netdiag.config import Config

NO_CAPTURE = "not-a-capture"


def analyzed(config: Config, options: dict[str, Any]) -> Result:
    """The result of the captures that were named, under a configuration."""
    from netdiag.analyze import analyze

    return _run(analyze, options, **judged_by(config), labels=options.get("labels"))


def judged_by(config: Config) -> dict[str, Any]:
    """How `netdiag.analyze` judges under a configuration."""
    from netdiag.findings.finding import Severity

    known, least = config.settings, Severity[config.settings.min_severity.upper()]
    return {
        "thresholds": config.thresholds,
        "detectors": known.detector,
        "source": known.source,
        "min_severity": least,
        "allow": config.allow,
    }


def read_facts(options: dict[str, Any]) -> Result:
    """What the captures that were named hold, unjudged."""
    from netdiag.analyze import read

    return _run(read, options)


def _run(call: Callable[..., Result], options: dict[str, Any], **judging: Any) -> Result:
    from netdiag.reports.timestamps import parse

    if options["quiet"]:
        import logging

        logging.getLogger("netdiag").setLevel(logging.ERROR)
    named = paths(options["captures"], options["files_from"])
    span = {f"{name}_ns": parse(options[name]) for name in ("since", "until") if options[name]}
    with progress_bar(options["quiet"], _size(named)) as progress:
        reading = {"recursive": options["recursive"], "memory_bytes": options["memory"], "progress": progress}
        result = call(named, **reading, **span, **judging)
    if not options["quiet"]:
        _warn(result)
    return result


def exit_code(result: Result, config: Config) -> int:
    """What the run says to the shell; a file in a folder that is no capture is no failure unless nothing else is there."""
    if result.partial:
        return INTERRUPTED
    statuses = {one.status for one in result.inputs} - {NO_CAPTURE}
    if not statuses:
        return USAGE
    if any(str(finding.severity) in _from(config.settings.fail_on) for finding in result.finding_list):
        return FOUND
    return INCOMPLETE if config.settings.strict and statuses != {"complete"} else 0


def _from(severity: str) -> tuple[str, ...]:
    from netdiag.config import SEVERITIES

    return SEVERITIES[SEVERITIES.index(severity) :] if severity in SEVERITIES else ()


def _warn(result: Result) -> None:
    """Say on standard error what could not be read."""
    passed_over = [one for one in result.inputs if one.status == NO_CAPTURE]
    for one in result.inputs:
        if one.status != "complete" and (one.status != NO_CAPTURE or len(passed_over) == 1):
            complain(f"{one.path}: {one.error or one.status}")
    if len(passed_over) > 1:
        complain(f"{len(passed_over)} files are no captures and were passed over, {passed_over[0].path} first")
    if not result.inputs:
        complain("there is no file in the folders that were named; -R looks into folders below them")
    if result.partial:
        complain("interrupted: what was read until then is judged")


def _size(named: list[str]) -> int:
    """Bytes of all inputs, 0 where they cannot be known."""
    from pathlib import Path

    if not all(Path(name).is_file() for name in named):
        return 0
    return sum(Path(name).stat().st_size for name in named)


def write(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    sys.stdout.writelines(f"{line}\n" for line in lines)

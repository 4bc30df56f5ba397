"""Answers the main question: a verdict per source, on standard output or as a folder of reports."""

from typing import Any

import click

from netdiag.verbs.options import inputs, judging, settled, showing
from netdiag.verbs.run import analyzed, exit_code, write
from netdiag.verbs.step_summary import append
from netdiag.verbs.terminal import view


@click.command("analyze")
@inputs
@judging
@click.option(
    "--fail-on", type=click.Choice(("never", "info", "low", "medium", "high", "critical")), help="Exit with 1 at such a finding or worse."
)
@click.option("-o", "--output", type=click.Path(), metavar="DIR", help="Also write an index and a report per source to DIR.")
@click.option("--format", metavar="NAME", help="text, json, ndjson, csv, md, junit, sarif or github (default: text).")
@click.option("--json", "format", flag_value="json", help="The same as --format json.")
@showing
def VERB(output: str | None, verbose: bool, **options: Any) -> int:  # noqa: N802  the name is the registration
    """Say which source fails, how, since when, why, and which packets prove it."""
    from pathlib import Path

    from netdiag.reports import folder
    from netdiag.reports.report import find

    config = settled(options)
    report = find(config.settings.format)
    if output is not None:
        folder.prepare(Path(output))  # before the work, not after it
    result = analyzed(config, options)
    document, shown = result.document(), view(config.settings, verbose)
    write(report.lines(document, shown))
    if report.name == "github":
        append(find("md").lines(document, shown))
    if output is not None:
        folder.write(document, Path(output), shown)
    return exit_code(result, config)

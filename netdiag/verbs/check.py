"""Checks known captures: what they must and must not yield, and the golden reports of last time."""

import click

from netdiag.verbs.run import write
from netdiag.verbs.step_summary import append
from netdiag.verbs.terminal import view
from netdiag.verbs.verb import FOUND

FORMATS = ("text", "json", "junit", "github", "sarif")


@click.command("check")
@click.argument("folders", nargs=-1, metavar="[DIR...]", type=click.Path())
@click.option(
    "--accept", "accepting", is_flag=True, help="Write the golden report.json of every folder anew; expectations stay as they are."
)
@click.option("--threshold", multiple=True, metavar="SLUG.NAME=VALUE", help="Judge at another threshold: what would then differ?")
@click.option("--format", type=click.Choice(FORMATS), help="Default: text.")
@click.option("--json", "format", flag_value="json", help="The same as --format json.")
@click.option("--color", type=click.Choice(("auto", "always", "never")), help="Default: auto, on a terminal without NO_COLOR.")
@click.option("-v", "--verbose", is_flag=True, help="Show every check, also those that hold, and every difference.")
def VERB(  # noqa: N802  the name is the registration
    folders: tuple[str, ...],
    accepting: bool,
    threshold: tuple[str, ...],
    format: str | None,  # noqa: A002  the option's name
    color: str | None,
    verbose: bool,
) -> int:
    """Compare known captures with their expect.toml and golden report.json; DIR is captures/ unless named.

    Only what stands in expect.toml and --threshold counts: a netdiag.toml is not read. Exit codes: 0 all hold, 1 something
    differs, 2 an expectation cannot be read.
    """
    from pathlib import Path

    from netdiag.config import Settings, thresholds
    from netdiag.expectations.check import readings, runs
    from netdiag.expectations.document import document
    from netdiag.reports.checked import lines, markdown_lines
    from netdiag.reports.report import find

    expectations = readings([Path(folder) for folder in folders or ("captures",)])
    made = document(runs(expectations, thresholds=thresholds(threshold), accepting=accepting))
    shown = view(Settings(color=color or "auto"), verbose)
    write(lines(made, shown) if format in (None, "text") else find(str(format)).lines(made, shown))
    if format == "github":
        append(markdown_lines(made))
    return FOUND if made["failed"] else 0

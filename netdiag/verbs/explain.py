"""Tells what a detector means: thresholds in force, false positives, what to do."""

import click

from netdiag.verbs.options import settled


@click.command("explain")
@click.argument("detector", required=False, metavar="[DETECTOR]")
def VERB(detector: str | None) -> None:  # noqa: N802  the name is the registration
    """What a detector means: what it decides and how, when it is wrong, what to do. Without DETECTOR: all of them."""
    from netdiag.detectors.detector import detectors, find

    if detector is None:
        for one in detectors():
            click.echo(f"{one.code}  {one.slug:24}  {one.page.splitlines()[0]}")
        return
    found = find(detector)
    click.echo(found.with_thresholds(**settled({}).thresholds.get(found.slug, {})).explain(), nl=False)

"""Tells what each input is: packets, span, link types, losses, what it holds and what is odd about it."""

from typing import Any

import click

from netdiag.verbs.options import inputs, output_format, settled
from netdiag.verbs.run import exit_code, read_facts, write
from netdiag.verbs.terminal import width


@click.command("info")
@inputs
@click.option("--strict", is_flag=True, default=None, help="Exit with 3 when an input could not be read to its end.")
@output_format("text", "json")
def VERB(format: str | None, **options: Any) -> int:  # noqa: A002, N802  the option's name; the name is the registration
    """What each capture holds, and how good it is."""
    import json

    from netdiag.reports.document import info
    from netdiag.reports.inventory import lines

    config = settled(options)
    result = read_facts(options)
    document = info(result)
    write(json.dumps(document, indent=2).splitlines() if format == "json" else lines(document, width()))
    return exit_code(result, config)

"""Lists connections with every fact that is known of them."""

from typing import Any

import click

from netdiag.verbs.options import inputs, judging, output_format, settled
from netdiag.verbs.run import analyzed, exit_code, write


@click.command("connections")
@inputs
@judging
@output_format("csv", "ndjson")
def VERB(format: str | None, **options: Any) -> int:  # noqa: A002, N802  the option's name; the name is the registration
    """A table of connections: one row per TCP connection attempt."""
    from netdiag.reports.connections import csv_lines, ndjson_lines

    config = settled(options)
    result = analyzed(config, options)
    write((ndjson_lines if format == "ndjson" else csv_lines)(result.connections))
    return exit_code(result, config)

"""Lists sources, worst first."""

from typing import Any

import click

from netdiag.verbs.options import inputs, judging, output_format, settled
from netdiag.verbs.run import analyzed, exit_code, write
from netdiag.verbs.terminal import width

COLUMNS = ("source", "label", "connections", "established", "failed", "stalled", "reused_ports", "severity", "verdict")


@click.command("sources")
@inputs
@judging
@output_format("text", "json", "ndjson", "csv")
def VERB(format: str | None, **options: Any) -> int:  # noqa: A002, N802  the option's name; the name is the registration
    """A table of sources, worst first."""
    import json

    from netdiag.reports.table import aligned, separated

    config = settled(options)
    result = analyzed(config, options)
    entries = result.document()["sources"]
    rows = [[entry["verdict"]["cause"] if name == "verdict" and entry[name] else entry[name] for name in COLUMNS] for entry in entries]
    if format == "json":
        write(json.dumps(entries, indent=2).splitlines())
    elif format == "ndjson":
        write(json.dumps(entry) for entry in entries)
    elif format == "csv":
        write(separated(COLUMNS, rows))
    else:
        kept = [at for at, name in enumerate(COLUMNS) if name != "label" or any(row[at] for row in rows)]
        write(aligned([COLUMNS[at] for at in kept], [[row[at] for at in kept] for row in rows], width()))
    return exit_code(result, config)

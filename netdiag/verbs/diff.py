"""Compares two results or captures: what is new, gone or changed, before and after a fix."""

from typing import Any

import click

from netdiag.verbs.options import judging, output_format, settled
from netdiag.verbs.run import judged_by, write
from netdiag.verbs.verb import FOUND


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@judging
@output_format("text", "json", "md")
def VERB(before: str, after: str, format: str | None, **options: Any) -> int:  # noqa: A002, N802  the option's name; the registration
    """What is new, gone or changed from A to B: results that `analyze --json` wrote, or captures.

    Exit codes: 0 no difference, 1 a difference.
    """
    import json

    from netdiag.expectations.diff import diff
    from netdiag.expectations.results import result
    from netdiag.reports.diffed import lines, markdown_lines

    judging_as = judged_by(settled(options))
    made = diff(result(before, **judging_as), result(after, **judging_as))
    write(json.dumps(made, indent=2).splitlines() if format == "json" else (markdown_lines if format == "md" else lines)(made))
    return FOUND if made["different"] else 0

"""Finds the verbs and turns what goes wrong into exit codes: the contract of every file in this folder.

A verb's module has a function `VERB` that is made a click command and returns its exit code (None is 0); being in the
folder is its registration. Verb modules import click only: paths, tables and kernels are imported when a verb runs.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from functools import cache

import click

from netdiag import __version__
from netdiag.errors import NetdiagError

FOUND, USAGE, INCOMPLETE, INTERNAL, INTERRUPTED, BROKEN_PIPE = 1, 2, 3, 70, 130, 141


class Verbs(click.Group):
    """The verbs in this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Names of all verbs, sorted."""
        return sorted(_pages())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The verb of this name."""
        if cmd_name not in _pages():
            return None
        verb: click.Command = importlib.import_module(f"{__package__}.{cmd_name}").VERB
        return verb

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """All verbs, each with the beginning of its page."""
        click.Group(commands=[click.Command(name, help=page) for name, page in _pages().items()]).format_commands(ctx, formatter)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that `args` begin with; an unknown one is an error that suggests the nearest."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from difflib import get_close_matches

            known = self.list_commands(ctx)
            close = get_close_matches(name, known, 1, 0.5)
            raise click.UsageError(f"no verb {name!r}{f'; did you mean {close[0]!r}?' if close else '.'} Valid: {', '.join(known)}", ctx)
        return super().resolve_command(ctx, args)


@cache
def _pages() -> dict[str, str]:
    """Name and page of every verb: the docstring of its `VERB`, read from the text of the file, which is quicker than to import it."""
    pages = {}
    for entry in os.scandir(sys.modules[__package__].__path__[0]):
        if entry.name.endswith(".py"):
            with open(entry.path, encoding="utf-8") as file:  # noqa: PTH123  pathlib takes longer to import than all this
                _, verb, rest = file.read().partition("\ndef VERB(")
            if verb:
                pages[entry.name.removesuffix(".py")] = rest.split('"""')[1]
    return pages


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="netdiag")
def netdiag() -> None:
    """Diagnose connection trouble in packet captures: which source fails, how, since when, why, and which packets prove it.

    Results go to standard output, everything else to standard error. Exit codes: 0 finished, 1 a finding at or above --fail-on,
    2 usage, configuration or unreadable input, 3 incomplete input with --strict, 70 internal error, 130 interrupted.
    """


def run(arguments: list[str]) -> int:
    """Run one verb; returns the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name in a packet must not end the run on a terminal without UTF-8
    try:
        # Not `netdiag.main(...)`: click would turn a broken pipe into exit code 1, which is ours for a finding.
        with netdiag.make_context("netdiag", list(arguments)) as context:
            code = netdiag.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except NetdiagError as error:
        complain(str(error))
        return USAGE
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered must not complain when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  the last line of defence: the trace goes into the report of the fault
        import traceback

        from netdiag.reports.escape import printable

        for line in traceback.format_exc().splitlines():
            click.echo(printable(line), err=True)
        complain(f"internal error: {type(error).__name__}: {error}. This is a fault of netdiag: please report it with the lines above")
        return INTERNAL
    return int(code or 0)


def complain(message: str) -> None:
    """One line on standard error, red on a terminal."""
    from netdiag.reports.escape import printable

    line = f"netdiag: {printable(message)}"
    red = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    click.echo(f"\x1b[31m{line}\x1b[0m" if red else line, err=True, color=red)

"""Declares the options that verbs share, and settles them with the configuration."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from netdiag.errors import NetdiagError

if TYPE_CHECKING:
    from netdiag.config import Config

F = TypeVar("F", bound=Callable[..., Any])
SEVERITY = click.Choice(("info", "low", "medium", "high", "critical"))
SETTING = ("format", "time", "color", "min_severity", "fail_on", "strict", "detector", "source", "profile", "threshold")


class Size(click.ParamType[int]):
    """A number of bytes, such as 512M."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; click shows what is wrong with it."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([KMGT]?)(?:i?B)?", str(value).strip(), re.IGNORECASE | re.ASCII)
        size = int(float(found[1]) * 1024.0 ** " KMGT".index(found[2].upper() or " ")) if found else 0
        if not size:
            self.fail(f"{value!r} is no size such as 512M or 2G", param, ctx)
        return size


def inputs(function: F) -> F:
    """What to read."""
    return _all(
        function,
        click.argument("captures", nargs=-1, metavar="CAPTURE..."),
        click.option("--files-from", metavar="FILE", help="Read capture paths from FILE, one per line; - is standard input."),
        click.option("-R", "--recursive", is_flag=True, help="Look into folders for captures."),
        click.option("--since", metavar="TIME", help="Leave out packets before TIME (RFC 3339, or epoch seconds)."),
        click.option("--until", metavar="TIME", help="Leave out packets from TIME on."),
        click.option("--memory", type=Size(), help="Memory to take before a long capture's tables give theirs back, such as 512M."),
        click.option("-q", "--quiet", is_flag=True, help="No progress bar, no warnings."),
    )


def judging(function: F) -> F:
    """How to judge."""
    return _all(
        function,
        click.option("--source", multiple=True, metavar="CIDR", help="Judge only sources in this address or prefix."),
        click.option("--labels", metavar="FILE", help="Name populations of sources: CSV (cidr,label), or a provider's JSON of networks."),
        click.option("--detector", multiple=True, metavar="CODE", help="Run only this detector (code or slug)."),
        click.option("--min-severity", type=SEVERITY, help="Leave out findings below this severity."),
        click.option(
            "--threshold", multiple=True, metavar="SLUG.NAME=VALUE", help="Set one threshold of a detector; `netdiag explain` lists them."
        ),
        click.option("--profile", metavar="NAME", help="Settings of [profiles.NAME] in the configuration file."),
        click.option("--strict", is_flag=True, default=None, help="Exit with 3 when an input could not be read to its end."),
    )


def output_format(*names: str) -> Callable[[F], F]:
    """Which format to write; the first of `names` is the default."""

    def decorate(function: F) -> F:
        chosen = click.option("--format", type=click.Choice(names), help=f"Default: {names[0]}.")
        short = click.option("--json", "format", flag_value="json", help="The same as --format json.")
        return _all(function, chosen, short) if "json" in names else chosen(function)

    return decorate


def showing(function: F) -> F:
    """How to show it to a person."""
    return _all(
        function,
        click.option("--time", type=click.Choice(("utc", "local", "epoch", "rel")), help="Clock of text and Markdown (default: utc)."),
        click.option("--color", type=click.Choice(("auto", "always", "never")), help="Default: auto, on a terminal without NO_COLOR."),
        click.option("-v", "--verbose", is_flag=True, help="Show everything: all findings, all their packets, healthy sources."),
    )


def settled(options: dict[str, Any]) -> Config:
    """The configuration under the options that were given."""
    from netdiag.config import load

    return load({name: options.get(name) for name in SETTING})


def paths(captures: Iterable[str], files_from: str | None) -> list[str]:
    """Every capture path that was named; a usage error without any."""
    from pathlib import Path

    named = list(captures)
    if files_from is not None:
        try:
            text = sys.stdin.read() if files_from == "-" else Path(files_from).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise NetdiagError(
                f"{files_from}: cannot be read: {error.strerror}. --files-from takes a file with one capture path per line"
            ) from error
        named += [line for line in text.splitlines() if line.strip()]
    if not named:
        raise click.UsageError("name at least one capture, or - for standard input: tcpdump -U -w - | netdiag analyze -")
    return named


def _all(function: F, *decorators: Callable[[F], F]) -> F:
    for decorate in reversed(decorators):
        function = decorate(function)
    return function

"""Writes and reads points in time: int64 nanoseconds inside, RFC 3339 outside, never a float between."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from netdiag.errors import ConfigError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_NS = 1_000_000_000
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)")
EPOCH_SECONDS = re.compile(r"\d{1,10}(\.\d{1,9})?")


class Clock(StrEnum):
    """How a report for people shows times."""

    UTC = "utc"
    LOCAL = "local"
    EPOCH = "epoch"
    REL = "rel"


def rfc3339(ns: int) -> str:
    """`ns` since the epoch as RFC 3339, UTC, nine digits, `Z`: what `editcap -A` takes."""
    seconds, rest = divmod(ns, SECOND_NS)
    return f"{EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def parse(text: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 time or of plain epoch seconds; ConfigError shows the form."""
    text = text.strip()
    if EPOCH_SECONDS.fullmatch(text):
        return int(Decimal(text) * SECOND_NS)
    if match := RFC3339.fullmatch(text):
        day, clock, fraction, zone = match.groups()
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}{zone.upper().replace('Z', '+00:00')}")
        except ValueError:
            moment = None
        if moment is not None:
            return (moment - EPOCH) // timedelta(seconds=1) * SECOND_NS + int((fraction or "").ljust(9, "0"))
    raise ConfigError(
        f"{text!r} is not a time. Write it as 2026-11-22T18:40:08Z, with up to nine digits after the second, or as epoch seconds"
    )


def shower(clock: Clock, origin_ns: int) -> Callable[[str], str]:
    """The function that shows an RFC 3339 time of a document on `clock`; `origin_ns` is zero for `rel`."""

    def local(text: str) -> str:
        ns = parse(text)
        moment = (EPOCH + timedelta(seconds=ns // SECOND_NS)).astimezone()
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % SECOND_NS:09d}{moment:%z}"

    def epoch(text: str) -> str:
        seconds, rest = divmod(parse(text), SECOND_NS)
        return f"{seconds}.{rest:09d}"

    def rel(text: str) -> str:
        passed = parse(text) - origin_ns
        return f"{'-' if passed < 0 else '+'}{abs(passed) // SECOND_NS}.{abs(passed) % SECOND_NS:09d}s"

    showers: dict[Clock, Callable[[str], str]] = {Clock.UTC: str, Clock.LOCAL: local, Clock.EPOCH: epoch, Clock.REL: rel}
    return showers[clock]

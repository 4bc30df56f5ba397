"""States what one value must be: itself, a range `[low, high]`, a comparison such as ">=3", or a text with wildcards.

Wildcards are `*` and `?`, and `a|b` is either; a bracket is itself, since IPv6 endpoints are written with brackets.
A value that is an interval itself (`threshold_interval_per_s`) meets a number that it contains, and a range that
contains it. The text "none" is met by no value at all.
"""

from __future__ import annotations

import math
import re
from fnmatch import fnmatchcase
from typing import Any

from netdiag.findings.finding import Severity

SEVERITIES = tuple(str(severity) for severity in Severity)
COMPARISON = re.compile(r"\s*(<=|>=|<|>)\s*(\S+)\s*")
DIGITS = 1e-6
"""Relative difference of floats that is none: platforms differ by less, measurements by more."""

Demand = bool | int | float | str | tuple[float, float]


def demand(value: Any) -> Demand | None:
    """A value of an expectation as a demand; None when it is none."""
    if isinstance(value, list):
        fits = len(value) == 2 and all(_is_number(one) for one in value) and value[0] <= value[1]
        return (value[0], value[1]) if fits else None
    if isinstance(value, float) and math.isnan(value):
        return None  # nothing meets it, which would make every [[absent]] hold
    return value if isinstance(value, bool | int | float | str) else None


def met(wanted: Demand, got: Any) -> bool:
    """Whether a value of the document meets a demand."""
    if isinstance(wanted, str):
        return _text_met(wanted, got)
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    low, high = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    if isinstance(got, list):
        if len(got) != 2 or not all(_is_number(one) for one in got):
            return False
        return low <= got[0] and got[1] <= high if isinstance(wanted, tuple) else bool(got[0] <= low <= got[1])
    if not _is_number(got):
        return False
    return bool(low <= got <= high) or (low == high and isinstance(low, float) and math.isclose(low, got, rel_tol=DIGITS))


def said(wanted: Demand) -> str:
    """A demand in a message."""
    if isinstance(wanted, tuple):
        return f"{wanted[0]} to {wanted[1]}"
    return str(wanted).lower() if isinstance(wanted, bool) else str(wanted)


def severity_is_known(text: str) -> bool:
    """Whether a text names a severity, alone or in a comparison."""
    match = COMPARISON.fullmatch(text)
    return (match[2] if match else text) in SEVERITIES


def is_of_numbers(wanted: Demand) -> bool:
    """Whether a number could meet a demand: one that none can meet makes an [[absent]] hold whatever is found."""
    if not isinstance(wanted, str):
        return not isinstance(wanted, bool)
    match = COMPARISON.fullmatch(wanted)
    try:
        return match is not None and not math.isnan(float(match[2]))
    except ValueError:
        return False


def _text_met(wanted: str, got: Any) -> bool:
    if got is None:
        return "none" in wanted.split("|")
    match = COMPARISON.fullmatch(wanted)
    if match and got in SEVERITIES and match[2] in SEVERITIES:
        return _compared(SEVERITIES.index(got), match[1], SEVERITIES.index(match[2]))
    if match and _is_number(got):
        try:
            return _compared(got, match[1], float(match[2]))
        except ValueError:
            return False
    return any(fnmatchcase(str(got), one.replace("[", "[[]")) for one in wanted.split("|"))


def _compared(got: float, sign: str, limit: float) -> bool:
    return {"<": got < limit, "<=": got <= limit, ">": got > limit, ">=": got >= limit}[sign]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

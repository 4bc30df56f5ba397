"""Disarms text that strangers wrote (names in packets, paths): one function per place it may go to."""

from __future__ import annotations

import re

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
"""Control characters, invisible ones, those that turn the direction of writing, and halves of surrogate pairs."""
MARKDOWN = re.compile(r"[\\`*_\[\]<>|~$]")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def printable(text: str) -> str:
    """`text` for a terminal or a plain file: what cannot be seen is written as `\\x1b` or `\\u202e`."""
    return UNPRINTABLE.sub(_code, text)


def _code(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def markdown(text: str) -> str:
    """`text` within a Markdown paragraph or table cell: no markup, no HTML, no link, no mention of a person or an issue."""
    text = MARKDOWN.sub(r"\\\g<0>", printable(text).replace("&", "&amp;"))
    text = text.replace("://", ":<!-- -->//").replace("@", "@<!-- -->")
    return re.sub(r"(?i)www(?=\.)|#(?=\d)", r"\g<0><!-- -->", text)


def markdown_code(text: str) -> str:
    """`text` as a Markdown code span, whatever backticks it holds; safe in a table cell."""
    text = printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if len(fence) > 1 else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def cell(value: object) -> object:
    """A CSV cell that no spreadsheet takes for a formula; numbers stay numbers, None is empty."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    return f"'{printable(value)}" if value.startswith(FORMULA) else printable(value)

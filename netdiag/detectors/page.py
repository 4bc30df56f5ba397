"""Reads a detector's page out of its source: the docstring's headings and the meaning of every threshold."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping

HEADINGS = ("What it looks for", "Why it matters", "How it decides", "When it is wrong", "What to do", "References")
"""What a detector's docstring must have, in this order and nothing else."""


def check(slug: str, page: str) -> None:
    """Raise ValueError unless the page has a first line and exactly the HEADINGS, each with some text."""
    title, *parts = page.split("\n## ")
    found = tuple(part.split("\n", 1)[0].strip() for part in parts)
    if found != HEADINGS:
        raise ValueError(f"{slug}: the docstring's headings must be {HEADINGS}, not {found}")
    empty = [name for name, part in zip(found, parts, strict=True) if not part.partition("\n")[2].strip()]
    if not title.strip() or empty:
        raise ValueError(f"{slug}: the docstring says nothing under {empty or 'its title'}")


def meanings(source: str, class_name: str = "Thresholds") -> dict[str, str]:
    """Field name to the string literal under it, of a class in `source`; a field without one is missing."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            return {
                field.target.id: " ".join(text.value.value.split())
                for field, text in zip(node.body, node.body[1:], strict=False)
                if isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            }
    return {}


def render(code: str, slug: str, page: str, values: Mapping[str, object], said: Mapping[str, str]) -> str:
    """The page as text: title, sections, and a table of thresholds (name, value, meaning)."""
    title, _, body = page.partition("\n")
    lines = [f"{code} {slug}: {title}", body.rstrip(), "", "## Thresholds", ""]
    for name, value in values.items():
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        lines += [f"{name} = {shown}", textwrap.fill(said[name], 100, initial_indent="    ", subsequent_indent="    ")]
    return "\n".join(lines) + "\n"

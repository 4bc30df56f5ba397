"""Opens a result, whether it was saved as JSON or is still in a capture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from netdiag.errors import ConfigError
from netdiag.reports.document import SCHEMA

KEYS = ("sources", "findings")


def result(path: str, **options: Any) -> dict[str, Any]:
    """The result document of a saved result (a golden too) or of a capture, which is analyzed with `options`."""
    saved = _saved(Path(path))
    if saved is not None:
        return saved
    from netdiag.analyze import analyze

    document = analyze(path, **options).document()
    if not any(one["status"] != "not-a-capture" for one in document["inputs"]):
        raise ConfigError(f"{path}: is neither a capture nor a saved result. `netdiag analyze CAPTURE --json` writes one")
    return document


def _saved(path: Path) -> dict[str, Any] | None:
    """The document in a JSON file; None for a file that is none, ConfigError for JSON that is no result."""
    try:
        with path.open("rb") as file:
            if file.read(64).lstrip()[:1] != b"{":
                return None
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return None
    schema = read.get("schema")
    if schema != SCHEMA or not all(isinstance(read.get(key), list) for key in KEYS):
        raise ConfigError(
            f"{path.as_posix()}: is no saved result: its schema is {schema!r}, not {SCHEMA!r}. Take that of `netdiag analyze --json`"
        )
    return read  # type: ignore[no-any-return]

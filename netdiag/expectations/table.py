"""Reads a TOML file strictly: what is unknown or of a wrong type is an error with file, line, key and the nearest valid one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from netdiag.errors import ConfigError
from netdiag.expectations.places import Place, nearest, places


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file, and where it stands."""

    path: Path
    values: dict[str, Any]
    lines: dict[Place, int]
    place: Place = ()

    @property
    def line(self) -> int:
        """The line of its header."""
        return nearest(self.lines, self.place)

    def fail(self, key: str | None, problem: str) -> NoReturn:
        """Raise ConfigError for a key of this table (None: for the table)."""
        place = self.place if key is None else (*self.place, key)
        named = "" if key is None else f"{key}: "
        raise ConfigError(f"{self.path.as_posix()}:{nearest(self.lines, place)}: {self.name}{named}{problem}")

    @property
    def name(self) -> str:
        """How messages call this table; nothing for the top of the file."""
        if not self.place:
            return ""
        named = ".".join(str(part) for part in self.place if isinstance(part, str))
        several = any(isinstance(part, int) for part in self.place)
        return f"[[{named}]] " if several and isinstance(self.place[-1], int) else f"[{named}] "

    def only(self, *keys: str) -> None:
        """Refuse keys that are not among `keys`."""
        for key in self.values:
            if key not in keys:
                self.fail(key, f"unknown key{hint(key, keys)}")

    def text(self, key: str, *, compulsory: bool = False) -> str:
        """A text; empty where it is not given."""
        value = self.values.get(key, "")
        if not isinstance(value, str) or (key in self.values and not value.strip()):
            self.fail(key, f"{value!r} must be a text that says something")
        if compulsory and not value:
            self.fail(None, f'the key {key} is compulsory: {key} = "..."')
        return value.strip()

    def named(self, key: str, valid: Iterable[str]) -> str:
        """A text that is one of `valid`, or several of them as `a|b`; empty where it is not given."""
        value, known = self.text(key), list(valid)
        for one in value.split("|") if value else ():
            if one not in known:
                self.fail(key, f"{one!r} is not known{hint(one, known)}")
        return value

    def child(self, key: str) -> Table:
        """The table under `key`; an empty one where it is not given."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"must be a table: [{key}]")
        return Table(self.path, value, self.lines, (*self.place, key))

    def children(self, key: str) -> Iterator[Table]:
        """The tables `[[key]]`."""
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            self.fail(key, f"must be tables: [[{key}]]")
        for at, value in enumerate(values):
            yield Table(self.path, value, self.lines, (*self.place, key, at))


def load(path: Path) -> Table:
    """The top of a TOML file; ConfigError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return Table(path, tomllib.loads(text), places(text))
    except OSError as error:
        raise ConfigError(f"{path.as_posix()}: cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise ConfigError(f"{path.as_posix()}: its values are nested too deeply to be read") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.as_posix()}:{_line(error)}: is not valid TOML: {error}") from error


def hint(name: str, valid: Iterable[str]) -> str:
    """The end of a sentence about a wrong name: the nearest valid one, and all of them."""
    known = list(valid)
    close = get_close_matches(name, known, 1, 0.4)
    return f"{f'; did you mean {close[0]!r}?' if close else '.'} Valid: {', '.join(known)}"


def _line(error: Exception) -> int:
    """The line that a message of tomllib names."""
    words = str(error).replace(",", "").replace(")", "").split()
    return int(words[words.index("line") + 1]) if "line" in words else 1

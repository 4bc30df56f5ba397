"""Turns what a caller names into the files that are meant."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from netdiag.capture.stream import STDIN


def expand(path: str, recursive: bool) -> Iterator[tuple[str, bool]]:
    """The files that `path` means, sorted by name, each with whether it was named itself or lies in a named directory.

    A path that does not exist stands for the files its wildcards match; without any, for itself.
    """
    matches = [path]
    if path != STDIN and not os.path.lexists(path) and glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=recursive)) or [path]  # noqa: PTH207 (patterns may be absolute)
    for match in matches:
        if match != STDIN and Path(match).is_dir():
            yield from ((found, False) for found in below(match, recursive))
        else:
            yield match, True


def below(directory: str, recursive: bool) -> Iterator[str]:
    """Paths of a directory's files, sorted by name; links to directories are not followed."""
    for place, directories, files in os.walk(directory, onerror=_raise):
        yield from (str(Path(place) / name) for name in sorted(files))
        directories.sort()
        if not recursive:
            return


def _raise(error: OSError) -> None:
    raise error

"""Runs the command line: one file per verb, each options -> call -> exit code; heavy imports wait until a verb runs."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

from netdiag import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

HELP, WIDTH = "help.txt", 80
"""What `--help` says on a terminal of so many columns or more: click's words (`make help-text` writes them, a test compares), kept because
click takes three times as long to import as Python to start."""

SWITCH_S = 0.0002
"""How long a thread keeps the interpreter when others ask for it. Those that decompress, decode and track while one imports modules want it
often, and for microseconds (Python's default is 5 ms)."""


def main() -> NoReturn:
    """Run `netdiag` with the arguments of this process and exit with its code."""
    gc.disable()  # a command lives for seconds and makes few cycles; looking for them costs a tenth of its time
    sys.setswitchinterval(SWITCH_S)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here is linear algebra: the threads for it would only wait
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: nobody listens
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    code = 0
    if sys.argv[1:] not in (["--help"], ["-h"]) or not _told():
        from netdiag.verbs.verb import run

        code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # a full disk, a broken pipe: `run` has said what there is to say
            stream.flush()
    os._exit(code)  # taking hundreds of modules apart takes longer than a small capture


def _told() -> bool:
    """Write the help that is kept, unless click would say it in other lines here, or there is nowhere to write it to."""
    if "COLUMNS" in os.environ:
        return False
    columns = WIDTH
    with contextlib.suppress(OSError, ValueError, AttributeError):  # no terminal
        columns = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    if columns < WIDTH:
        return False
    try:
        with open(os.path.join(__path__[0], HELP), encoding="ascii") as text:  # noqa: PTH118, PTH123  pathlib takes longer to import
            sys.stdout.write(text.read())
        sys.stdout.flush()
    except OSError:
        return False
    return True

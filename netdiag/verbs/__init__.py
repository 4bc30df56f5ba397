"""Runs the command line: one file per verb, each options -> call -> exit code; heavy imports wait until a verb runs."""

import contextlib
import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run `netdiag` with the arguments of this process and exit with its code."""
    gc.disable()  # a command lives for seconds and makes few cycles; looking for them costs a tenth of its time
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # nothing here is linear algebra: the threads for it would only wait
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: nobody listens
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    from netdiag.verbs.verb import run

    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # a full disk, a broken pipe: `run` has said what there is to say
            stream.flush()
    os._exit(code)  # taking hundreds of modules apart takes longer than a small capture

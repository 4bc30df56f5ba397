"""Runs the command line: one file per verb, each options -> call -> exit code; heavy imports wait until a verb runs."""

import gc
import sys


def main() -> None:
    """Run `netdiag` with the arguments of this process and exit with its code."""
    gc.disable()  # a command lives for seconds and makes few cycles; looking for them costs a tenth of its time
    from netdiag.verbs.verb import run

    sys.exit(run(sys.argv[1:]))

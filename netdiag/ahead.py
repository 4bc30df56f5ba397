"""Does what comes next while the present is used: reading and decoding on one processor, tracking on another."""

import importlib
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items in the same order, each made while the one before it is used: at most two are in use at a time.

    What making an item raises is raised here. The thread is a daemon, so that an input that never says more cannot keep the process
    from ending once nobody wants the next item.
    """
    asked: SimpleQueue[bool] = SimpleQueue()
    made: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    end = object()

    def work() -> None:
        while asked.get():
            try:
                made.put((next(items, end), None))
            except BaseException as error:  # noqa: BLE001  raised where the item is asked for
                made.put((end, error))

    Thread(target=work, name="netdiag-ahead", daemon=True).start()
    asked.put(True)
    try:
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is end:
                return
            asked.put(True)
            yield item
    finally:
        asked.put(False)


TURN_S = 1e-4
"""How long a thread may keep others from running Python, s; compiled code runs beside it. Python's own 5 ms would make every handing over
wait for a module that is being imported."""


@contextmanager
def importing(module: str) -> Generator[None, None, None]:
    """Import a module in a thread of its own, as far as other threads leave it time, while the body runs compiled code."""
    if module in sys.modules:
        yield
        return
    turn_s = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)
    try:
        Thread(target=importlib.import_module, args=(module,), name="netdiag-import", daemon=True).start()
        yield
    finally:
        sys.setswitchinterval(turn_s)

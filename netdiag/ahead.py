"""Makes the next items while the present one is used: reading and decoding on one processor, tracking on another."""

from collections.abc import Generator, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], turns: int = 2, early: int = 0) -> Generator[T, None, None]:
    """The same items in the same order, each made while those before it are used: at most `turns` are in use at a time, at least 2.

    The first are made at once, before anybody asks for them, and until somebody does so many more as `early` says. What making an item
    raises is raised where it is asked for. The thread is a daemon, so that an input that never says more cannot keep the process from
    ending once nobody wants the next item.
    """
    given = _given(items, turns, early)
    next(given)  # it begins
    return given


def _given(items: Iterator[T], turns: int, early: int) -> Generator[Any, None, None]:
    """Nothing first, when work has begun, then the items."""
    asked: SimpleQueue[bool] = SimpleQueue()
    made: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    end, over = object(), Event()

    def work() -> None:
        while asked.get():
            try:
                made.put((next(items, end), None))
            except BaseException as error:  # noqa: BLE001  raised where the item is asked for
                made.put((end, error))
            if over.is_set():  # not before the first: a generator that never began would not close what it holds
                return

    Thread(target=work, name="netdiag-ahead", daemon=True).start()
    for _ in range(turns - 1 + early):
        asked.put(True)
    try:
        yield
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is end:
                return
            if early:
                early -= 1
            else:
                asked.put(True)
            yield item
    finally:
        over.set()
        asked.put(False)

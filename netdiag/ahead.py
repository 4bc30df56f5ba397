"""Makes the next items while the present one is used: reading and decoding on one processor, tracking on another."""

from collections.abc import Generator, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], turns: int = 2) -> Generator[T, None, None]:
    """The same items in the same order, each made while those before it are used: at most `turns` are in use at a time, at least 2.

    What making an item raises is raised here. The thread is a daemon, so that an input that never says more cannot keep the process
    from ending once nobody wants the next item.
    """
    asked: SimpleQueue[bool] = SimpleQueue()
    made: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
    end, over = object(), Event()

    def work() -> None:
        while asked.get() and not over.is_set():
            try:
                made.put((next(items, end), None))
            except BaseException as error:  # noqa: BLE001  raised where the item is asked for
                made.put((end, error))

    Thread(target=work, name="netdiag-ahead", daemon=True).start()
    for _ in range(turns - 1):
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
        over.set()
        asked.put(False)

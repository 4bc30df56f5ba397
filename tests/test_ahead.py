"""So many items ahead and no more; what goes wrong is raised where the item is asked for."""

import threading
import time

import pytest

from netdiag.ahead import ahead


def test_the_same_items_in_the_same_order():
    assert list(ahead(iter(range(1000)))) == list(range(1000))
    assert list(ahead(iter(()))) == []


@pytest.mark.parametrize("turns", [2, 4])
def test_the_next_items_are_made_while_this_one_is_used_and_no_further(turns):
    made = []

    def items():
        for item in range(7):
            made.append(item)
            yield item

    for item in ahead(items(), turns):
        until = time.monotonic() + 5
        while len(made) < min(item + turns, 7) and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(0.005)
        assert made == list(range(min(item + turns, 7)))


def test_more_are_made_before_anybody_asks_and_then_no_more_than_in_turns():
    made = []

    def items():
        for item in range(30):
            made.append(item)
            yield item

    for item in ahead(items(), 3, early=5):
        expected = min(max(3 + item, 3 + 5 - 1), 30)
        until = time.monotonic() + 5
        while len(made) < expected and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(0.005)
        assert made == list(range(expected))


def test_nothing_more_is_made_once_nobody_asks():
    made = []

    def items():
        for item in range(9):
            made.append(item)
            time.sleep(0.02)
            yield item

    got = ahead(items(), 4)
    assert next(got) == 0
    got.close()
    thread = next(each for each in threading.enumerate() if each.name == "netdiag-ahead")
    thread.join(5)
    assert len(made) <= 3


def test_what_nobody_asked_for_is_begun_and_ended():
    began, ended = threading.Event(), threading.Event()

    def items():
        try:
            began.set()
            yield from range(9)
        finally:
            ended.set()

    got = ahead(items())
    assert began.wait(5)
    got.close()
    assert ended.wait(5)
    began.clear()
    ended.clear()
    ahead(items()).close()  # before the thread had time for anything
    assert ended.wait(5)
    assert began.is_set()


def test_an_error_comes_after_what_was_made_before_it():
    def items():
        yield 1
        raise ValueError("broken")

    got = ahead(items())
    assert next(got) == 1
    with pytest.raises(ValueError, match="broken"):
        next(got)


def test_nobody_waits_for_a_maker_that_never_ends():
    stuck = threading.Event()

    def items():
        yield 1
        stuck.wait(60)

    got = ahead(items())
    assert next(got) == 1
    got.close()
    thread = next(each for each in threading.enumerate() if each.name == "netdiag-ahead")
    assert thread.daemon
    stuck.set()
    thread.join(5)
    assert not thread.is_alive()

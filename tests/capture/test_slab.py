"""Memory that changes hands."""

from netdiag.capture.slab import BEFORE, KEPT, SCRATCH, Slab, Slabs


def test_there_is_room_on_both_sides():
    slab = Slab(1000)
    slab.room[:3] = b"abc"
    assert len(slab.room) == slab.size == 1000
    assert len(slab.array) == BEFORE + 1000 + SCRATCH
    assert slab.array is slab.array
    assert slab.array[BEFORE - 1 : BEFORE + 4].tolist() == [0, *b"abc", 0]
    slab.array[BEFORE] = 0x41
    assert bytes(slab.room[:3]) == b"Abc"


def test_what_was_given_back_is_used_again():
    slabs = Slabs(10)
    first, second = slabs.take(), slabs.take()
    assert first is not second
    slabs.give_back(first)
    slabs.give_back(second)
    assert [slabs.take(), slabs.take()] == [second, first]
    assert slabs.take() not in (first, second)


def test_few_wait_and_none_of_another_size():
    slabs = Slabs(10)
    slabs.give_back(Slab(20))
    many = [slabs.take() for _ in range(2 * KEPT)]
    for slab in many:
        slabs.give_back(slab)
    again = [slabs.take() for _ in many]
    assert all(slab.size == 10 for slab in again)
    assert sum(slab in many for slab in again) == KEPT

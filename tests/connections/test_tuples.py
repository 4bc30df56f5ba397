"""The table of 4-tuples against a dictionary."""

import numpy as np
import pytest

from netdiag.connections.state import LINK
from netdiag.connections.tuples import entry_of, fill_table, most, number_at, place_of_hash
from netdiag.kernel import kernel


def links_of(hashes):
    links = np.zeros(len(hashes), LINK)
    links["hash"] = hashes
    return links


@kernel
def _look_up(hashes, links, table, found):
    for k in range(hashes.size):
        found[k] = number_at(table, place_of_hash(hashes[k], links, table))


def found(hashes, links, table):
    """What the table says of each hash."""
    numbers = np.empty(len(hashes), np.int64)
    _look_up(np.array(hashes, np.uint64), links, table, numbers)
    return numbers.tolist()


@pytest.mark.parametrize("bits", [64, 40, 12])
def test_a_full_table_holds_the_newest_of_each_hash_and_nothing_else(bits):
    rng, places = np.random.default_rng(bits), 1 << 14
    drawn = rng.integers(0, 1 << bits, most(np.zeros(places, np.uint32)), np.uint64)
    hashes = np.where(rng.random(len(drawn)) < 0.1, np.roll(drawn, 1000), drawn)  # some again
    hashes <<= np.uint64(64 - bits)
    links, table = links_of(hashes), np.zeros(places, np.uint32)
    fill_table(links, len(links), table)
    wanted = {int(h): n for n, h in enumerate(hashes)}
    assert found([*wanted], links, table) == [*wanted.values()]
    assert np.count_nonzero(table) == len(wanted)
    strange = [h for h in rng.integers(0, 1 << 64, 500, np.uint64) if int(h) not in wanted]
    assert set(found(strange, links, table)) == {-1}


def test_hashes_that_begin_alike_are_told_apart():
    """The part of a hash that says where to look first is the same for all, and so may be the part that the entry keeps."""
    hashes = (np.uint64(7) << np.uint64(32)) | (np.arange(300, dtype=np.uint64) << np.uint64(44))
    links, table = links_of(hashes), np.zeros(1 << 12, np.uint32)
    fill_table(links, len(links), table)
    assert found(hashes, links, table) == list(range(300))


@pytest.mark.parametrize("places", [1 << 12, 1 << 24, 1 << 31])
def test_an_entry_holds_the_largest_number_there_may_be(places):
    last, h = places // 4 * 3 - 1, np.uint64(0xFFFFFFFFFFFFFFFF)
    entry = entry_of(np.int64(last), h, np.int64(places - 1))
    assert 0 < entry <= 0xFFFFFFFF
    assert (entry & (places - 1)) - 1 == last

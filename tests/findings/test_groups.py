"""Groups hold every row once; prefixes cover their addresses."""

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netdiag.connections import blocks
from netdiag.connections.columns import Columns
from netdiag.findings import groups
from netdiag.findings.groups import counts, covering, firsts, group_codes, ordered, positions


@given(st.lists(st.integers(0, 5), max_size=30))
def test_positions_partition_the_rows(keys: list[int]) -> None:
    codes = np.unique(np.array(keys, np.int64), return_inverse=True)[1]
    parts = positions(codes)
    assert sorted(np.concatenate(parts).tolist() if parts else []) == list(range(len(keys)))
    assert all(len(set(codes[part])) == 1 for part in parts)


def test_only_wanted_groups() -> None:
    codes = np.array([1, 0, 2, 1, 2], np.int64)
    assert [part.tolist() for part in positions(codes, np.array([True, False, True]))] == [[1], [2, 4]]


def test_codes_follow_the_keys(tables_of: Callable[..., Any]) -> None:
    rows = tables_of({"src": "192.0.2.2"}, {"src": "192.0.2.1"}, {"src": "192.0.2.2", "dport": 80}).columns
    assert group_codes(rows).tolist() == [2, 0, 1]


KEYS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([22, 443, 65535])), max_size=30)


@given(KEYS, st.sampled_from([0, 2, 1 << 20]))
def test_numbers_are_those_of_sorted_keys_by_table_or_by_sort(keys: list[tuple[int, int, int]], sparse: int) -> None:
    rows = Columns({name: np.array([key[k] for key in keys], np.uint16) for k, name in enumerate(("src", "dst", "dport"))})
    every = np.arange(len(keys))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "SPARSE", sparse)
        patch.setattr(blocks, "ROWS", 3)
        for at in (None, every, every[::-2]):
            asked = keys if at is None else [keys[one] for one in at]
            assert group_codes(rows, at=at).tolist() == [sorted(set(asked)).index(key) for key in asked]


@given(st.lists(st.integers(0, 5), max_size=30), st.lists(st.booleans(), min_size=6, max_size=6))
def test_positions_of_some_are_some_of_all(keys: list[int], wanted: list[bool]) -> None:
    codes = np.array(keys, np.int64)
    every = [np.flatnonzero(codes == group).tolist() for group in range(6) if wanted[group] and group in keys]
    assert [part.tolist() for part in positions(codes, np.array(wanted))] == every


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 9))
def test_first_rows(keys: list[int], size: int) -> None:
    codes = np.unique(np.array(keys, np.int64), return_inverse=True)[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "ROWS", size)
        assert firsts(codes).tolist() == np.unique(codes, return_index=True)[1].tolist()


@pytest.mark.parametrize("rows", [1, 2, 10])
def test_counts_and_sums(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "ROWS", rows)
    codes, flags = np.array([0, 2, 2, 0, 1, 1]), np.array([True, True, True, False, False, True])
    assert counts(codes, flags, 4).tolist() == [1, 1, 2, 0]
    assert counts(codes, flags, 3, np.array([5, 2**32 - 1, 2**32 - 1, 7, 7, 0], np.uint32)).tolist() == [5, 0, 2**33 - 2]


@given(st.lists(st.ip_addresses(v=4), min_size=2, max_size=5, unique=True))
def test_a_prefix_covers_all_and_no_longer_one_does(addresses: list[Any]) -> None:
    network = ip_network(covering([str(address) for address in addresses]))
    assert all(address in network for address in addresses)
    assert not any(all(address in half for address in addresses) for half in network.subnets())


def test_one_address_is_itself_and_families_do_not_mix() -> None:
    assert covering(["2001:db8::1"]) == "2001:db8::1"
    assert covering(["192.0.2.1", "2001:db8::1"]) == "::/0"
    assert ip_address("2001:db8::2") in ip_network(covering(["2001:db8::1", "2001:db8::ffff"]))


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 9))
def test_rows_group_after_group(keys: list[int], size: int) -> None:
    codes = np.array(keys, np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "ROWS", size)
        places, starts = ordered(codes, 7)
    assert places.tolist() == np.argsort(codes, kind="stable").tolist()
    assert starts.tolist() == [sum(key < group for key in keys) for group in range(8)]

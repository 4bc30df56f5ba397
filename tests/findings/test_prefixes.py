"""How near addresses are to each other."""

from ipaddress import ip_address

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netdiag.findings.prefixes import WIDEST, WIDEST_4, Prefixes

NEAR = st.integers(0, 255).map(lambda octet: f"192.0.2.{octet}") | st.integers(0, 2**80).map(
    lambda low: str(ip_address(0x20010DB8 << 96 | low))
)
SHOWN = st.ip_addresses().filter(lambda address: address.version == 4 or address.ipv4_mapped is None).map(str)


def shared(home: str, other: str) -> int:
    """What ipaddress says of two addresses."""
    one, two = ip_address(home), ip_address(other)
    bits = (int(one) ^ int(two)).bit_length()
    return bits if one.version == two.version and bits <= (WIDEST_4 if one.version == 4 else WIDEST) else 0


@given(st.lists(SHOWN | NEAR, min_size=1, unique=True), st.data())
def test_distances_are_those_of_ipaddress(texts: list[str], data: st.DataObject) -> None:
    prefixes, code = Prefixes(np.array(texts, object)), st.integers(0, len(texts) - 1)
    for _ in range(3):
        home, codes = data.draw(code), data.draw(st.lists(code))
        found = prefixes.distance(home, np.array(codes, np.int16))
        assert found.tolist() == [shared(texts[home], texts[other]) for other in codes]
        first, after = prefixes.around(home)
        for other, text in enumerate(texts):
            inside = first <= prefixes.rank[other] < after
            assert inside or (text != texts[home] and not shared(texts[home], text))


def test_every_bit_counts() -> None:
    texts = [str(ip_address(0x20010DB8 << 96 | (1 << bit if bit >= 0 else 0))) for bit in range(-1, 96)]
    found = Prefixes(np.array(texts, object)).distance(0, np.arange(len(texts)))
    assert found.tolist() == [0, *range(1, WIDEST + 1), *[0] * (len(texts) - WIDEST - 1)]


def test_ipv4_is_far_from_ipv6_of_as_small_a_number() -> None:
    prefixes = Prefixes(np.array(["::", "::1", "0.0.0.1"], object))
    assert prefixes.distance(0, np.array([0, 1, 2])).tolist() == [0, 1, 0]


def test_no_more_than_the_widest_prefix_is_around_an_address() -> None:
    texts = ["9.255.255.255", "10.0.0.0", "10.0.7.7", "10.0.255.255", "10.1.0.0", "2001:db8:7::", "2001:db8:7:ffff::1", "2001:db8:8::"]
    prefixes = Prefixes(np.array(texts, object))
    around = [prefixes.around(texts.index(home)) for home in ("10.0.7.7", "2001:db8:7::", "9.255.255.255", "2001:db8:8::")]
    assert around == [(1, 4), (5, 7), (0, 1), (7, 8)]
    top = Prefixes(np.array(["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], object))
    assert top.around(0) == (0, 1)

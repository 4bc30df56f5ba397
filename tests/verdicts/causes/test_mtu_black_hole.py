"""Flights repeated in vain count in full."""

from collections.abc import Callable
from typing import Any

from netdiag.verdicts.causes.mtu_black_hole import weigh

Make = Callable[..., Any]


def test_repeated_in_vain(case_of: Make, stalled: Make) -> None:
    assert weigh(case_of(stalled(0, 4, retrans_in=4))).sure == 1
    assert weigh(case_of(stalled(0, 4))).sure < 0.5
    assert weigh(case_of(stalled(0, 3))).explained == 0


def test_size_decides(case_of: Make, stalled: Make) -> None:
    """What is lost is larger than what comes through, or it is not the size."""
    flight = stalled(0, 4, retrans_in=4, repeated_in=1448, syn_mss=1460)
    small = weigh(case_of(flight, stalled(1, 3, delivered_in=700, syn_mss=1460)))
    assert (small.sure, small.counts["smallest_lost"], small.counts["largest_delivered"]) == (1, 1448, 700)
    assert "1,448 bytes and more were lost again and again, of up to 700 delivered" in small.reason
    assert weigh(case_of(flight, stalled(1, 3, delivered_in=1448, syn_mss=1460))).sure < 0.5


def test_merged_segments_count_as_the_largest_that_was_agreed(case_of: Make, stalled: Make) -> None:
    flight = stalled(0, 4, retrans_in=4, repeated_in=1448, syn_mss=1400)
    assert weigh(case_of(flight, stalled(1, 3, delivered_in=14480, syn_mss=1400))).counts["largest_delivered"] == 1400

"""Which handshakes are judged, and how long they waited; the detector's own tests go through every state."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netdiag.connections.connection import Mark, Phase, Tls
from netdiag.detectors.tls_handshake_stall import Thresholds
from netdiag.findings.progress import OUTCOMES, READ, STATES, Progress, progress

Make = Callable[..., Any]
SECOND = 10**9


@pytest.fixture
def of(tables_of: Make, attempt: Make) -> Make:
    """The progress of one handshake that began at its SYN and is looked at 10 s later."""

    def make(speaks: bool = True, **more: Any) -> Progress:
        row = attempt(0, how="open", bytes_out=500, tls=Tls.TLS)
        row |= {"phase_ns": row["syn_ns"]} | more
        connections = tables_of(row).columns
        return progress({name: connections[name] for name in READ}, np.array([speaks]), row["syn_ns"] + 10 * SECOND, Thresholds())

    return make


def test_a_handshake_that_waits(of: Make) -> None:
    seen = of(phase=Phase.NO_SERVER_HELLO)
    assert seen.waiting.all()
    assert seen.slow.all()
    assert seen.last_ns.tolist() == [10 * SECOND]


def test_one_that_is_done_waits_no_more(of: Make) -> None:
    seen = of(tls_done_ns=5)
    assert (seen.waiting.any(), seen.last_ns.tolist(), seen.slow.any()) == (False, [0], False)
    assert of(tls_done_ns=5, wait_3_ns=2 * SECOND).slow.all()


def test_a_long_way_takes_longer(of: Make) -> None:
    assert of(tls_done_ns=5, wait_3_ns=2 * SECOND, rtt_ns=SECOND // 10).slow.all()
    assert not of(tls_done_ns=5, wait_3_ns=2 * SECOND, rtt_ns=SECOND // 2).slow.any()


@pytest.mark.parametrize("mark", [Mark.PARTIAL, Mark.NEAR_HOLE, Mark.GAP_IN])
def test_what_the_capture_does_not_hold_is_not_judged(of: Make, mark: Mark) -> None:
    seen = of(phase=Phase.NO_SERVER_HELLO, marks=Mark.SEEN_OUT | Mark.SEEN_IN | mark)
    assert seen.relevant.all()
    assert not seen.judged.any()


def test_who_says_nothing_speaks_tls_where_the_service_does(of: Make) -> None:
    silent = {"tls": Tls.NONE, "phase": Phase.NO_CLIENT_HELLO, "bytes_out": 0, "dport": 9999}
    assert of(**silent).relevant.all()
    assert not of(speaks=False, **silent).relevant.any()
    assert of(speaks=False, **(silent | {"dport": 443})).relevant.all()


def test_how_it_is_told(of: Make) -> None:
    def told(seen: Progress, stuck: bool = False, recovered: bool = False) -> tuple[str, int, int, str]:
        state, phase, stall_us, outcome = (one.item() for one in seen.told(np.array([stuck]), np.array([recovered])))
        return STATES[state], phase, stall_us, OUTCOMES[outcome]

    waits, us = of(phase=Phase.NO_SERVER_HELLO), 10_000_000
    assert told(waits) == ("partial", Phase.NO_SERVER_HELLO, us, "open")
    assert told(waits, stuck=True) == ("stalled", Phase.NO_SERVER_HELLO, us, "open")
    assert told(waits, recovered=True) == ("stalled", Phase.NO_SERVER_HELLO, us, "recovered")
    assert told(of(tls_done_ns=5)) == ("complete", 0, 0, "")
    assert told(of(speaks=False, tls=Tls.NONE, bytes_out=0)) == ("none", 0, 0, "")

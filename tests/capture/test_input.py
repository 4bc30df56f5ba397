"""The facts of an input."""

import pytest

from netdiag.capture.input import Input


@pytest.mark.parametrize(("status", "cut"), [("complete", False), ("truncated", True), ("damaged", False), ("not-a-capture", False)])
def test_only_a_truncated_input_has_a_truncated_tail(status, cut):
    assert Input("x", status=status).truncated_tail is cut


def test_restart_forgets_what_was_read_and_keeps_what_it_is():
    entry = Input(
        "x", index=4, packets=3, bytes=4, first_ns=1, last_ns=2, status="damaged", error="e", drops=1, interfaces=1, format="pcap"
    )
    entry.restart()
    assert entry == Input("x", index=4, format="pcap")

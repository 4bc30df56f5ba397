"""Says what limits conclusions from a capture: one sentence for every count and every oddity."""

from __future__ import annotations

LIMITS = {
    "one_sided": "connections with packets of one direction only: what the other side did is unknown",
    "duplicated": "packets captured more than once (several interfaces, or a mirror port): counted once",
    "snaplen_cut": "packets cut by the snap length: names and TLS messages in the rest are unknown",
    "offload_segments": "segments merged by offload before capture, larger than the wire carries: sizes are approximate",
    "capture_drops": "packets the capture itself lost: silence may be a gap in the capture",
    "capture_holes": "silences in which packets are missing: what began or was under way then is not judged",
    "unseen_data": "connections of which acknowledged data is missing from the capture: it lost packets, or began late",
    "begun_before": "connections whose SYN is not in the capture: how they began, and what their ports met, is unknown",
    "translated": "connections that are in the capture on both sides of a NAT: each is counted twice, under two sources",
    "clock_steps": "times that go backwards by more than 1 ms: durations around them are uncertain",
}
"""Key of `quality` to its sentence, in the order of the document."""

ODDITIES = {
    "snaplen_cut": "fewer bytes captured than the wire had",
    "truncated": "a header runs past the captured bytes",
    "bad_length": "a header's length field contradicts its surroundings",
    "unknown_link": "a link type that is not decoded",
    "unknown_ethertype": "not IP (ARP, LLDP and the like)",
    "unknown_transport": "IP that carries something other than TCP, UDP or ICMP",
    "fragment": "part of a fragmented IP datagram",
    "fragment_dropped": "a fragmented datagram that could not be put together",
    "bad_options": "TCP or IP options that run past their header",
    "too_deep": "more encapsulation than is followed",
    "offload": "a segment larger than its MSS or any MTU",
    "no_timestamp": "a record without a time",
    "clock_backwards": "captured more than 1 ms before its predecessor on the same interface",
    "lone_syn_forgotten": "SYNs from sources that did nothing else and never repeated them: too many to list, so these are only counted",
    "tls_stream_dropped": "TLS streams not read to their end: too many at once had bytes out of order",
    "bad_version": "an IP header whose version is neither 4 nor 6, or not what its carrier said",
}
"""Name of an oddity to its sentence."""


def counted(counts: dict[str, int], notes: dict[str, str]) -> dict[str, dict[str, int | str]]:
    """Each count with its sentence; a name without one (from an installed plugin) is its own sentence."""
    return {name: {"count": int(count), "note": notes.get(name, name.replace("_", " "))} for name, count in counts.items()}

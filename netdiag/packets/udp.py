"""Reads the UDP header and chooses the tunnel behind a well-known port.

Source: RFC 768. A tunnel's own header is checked before it is believed: its port alone proves nothing.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, step
from netdiag.packets.dns import dns
from netdiag.packets.quic import quic
from netdiag.packets.walk import (
    BAD_LENGTH,
    CAPWAP,
    GENEVE,
    GTP_U,
    HAS_UDP,
    MPLS,
    STOP,
    TEREDO,
    TRUNCATED,
    VXLAN,
    narrow,
    offsets,
    read_ports,
)
from netdiag.packets.wireguard import wireguard

HEADER = np.dtype([("source", ">u2"), ("destination", ">u2"), ("length", ">u2"), ("checksum", ">u2")])
SOURCE, DESTINATION, LENGTH, _ = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)


@step
def udp(b: Any, w: Any, row: Any) -> None:
    """UDP header; a length of 0 (jumbogram, offload) leaves the datagram's length to IP."""
    at = w.at
    w.kind = STOP
    if at + SIZE > w.cap:
        if w.quoted == 0:
            row.oddities |= TRUNCATED
        if at + LENGTH <= w.cap:
            row.layers |= HAS_UDP
            read_ports(b, w, row)
        return
    row.layers |= HAS_UDP
    read_ports(b, w, row)
    length = be16(b, at + LENGTH)
    if length >= SIZE and at + length <= w.limit:
        narrow(w, at + length)
    elif length != 0 and w.quoted == 0:
        row.oddities |= BAD_LENGTH
    w.at = at + SIZE
    if w.quoted == 0:
        row.payload, row.payload_at, row.captured = w.limit - w.at, w.at, w.cap - w.at
    source, destination = be16(b, at + SOURCE), be16(b, at + DESTINATION)
    _by_port(b, w, row, source, destination)


@step
def _by_port(b: Any, w: Any, row: Any, source: Any, destination: Any) -> None:
    """Follow tunnels; recognise what is counted. VXLAN and Geneve use their port as destination only."""
    if destination == 4789 or destination == 8472:  # 8472: Linux's first VXLAN port, still flannel's
        w.kind = VXLAN
    elif destination == 6081:
        w.kind = GENEVE
    elif source == 2152 or destination == 2152:
        w.kind = GTP_U
    elif source == 3544 or destination == 3544:
        w.kind = TEREDO
    elif source == 5247 or destination == 5247:
        w.kind = CAPWAP
    elif destination == 6635:
        w.kind = MPLS
    elif source == 53 or destination == 53:
        dns(b, w.at, w.cap, row)
    elif not wireguard(b, w.at, w.cap, w.limit - w.at, source == 51820 or destination == 51820, row):
        quic(b, w.at, w.cap, row)

"""Reads Linux cooked headers, versions 1 and 2 (captures on the `any` device).

Source: tcpdump.org, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, step
from netdiag.packets.walk import STOP, UNKNOWN_ETHERTYPE, by_ethertype, lacks, offsets

HEADER = np.dtype([("packet_type", ">u2"), ("arphrd", ">u2"), ("length", ">u2"), ("address", "V8"), ("protocol", ">u2")])
_, ARPHRD, _, _, PROTOCOL = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

HEADER2 = np.dtype(
    [
        ("protocol", ">u2"),
        ("reserved", ">u2"),
        ("interface", ">u4"),
        ("arphrd", ">u2"),
        ("packet_type", "u1"),
        ("length", "u1"),
        ("address", "V8"),
    ]
)
PROTOCOL2, _, _, ARPHRD2, _, _, _ = offsets(HEADER2)
SIZE2 = np.int64(HEADER2.itemsize)

ARPHRD_NETLINK = 824
PROTOCOL_LLC = 4


@step
def _cooked(w: Any, row: Any, device: Any, protocol: Any, size: Any) -> None:
    """The protocol is an EtherType unless the device type gives it another meaning."""
    w.at += size
    if device == ARPHRD_NETLINK or (protocol < 0x0600 and protocol != PROTOCOL_LLC):
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
    else:
        by_ethertype(w, row, protocol)


@step
def sll(b: Any, w: Any, row: Any) -> None:
    """Linux cooked header, version 1."""
    if not lacks(w, row, SIZE):
        _cooked(w, row, be16(b, w.at + ARPHRD), be16(b, w.at + PROTOCOL), SIZE)


@step
def sll2(b: Any, w: Any, row: Any) -> None:
    """Linux cooked header, version 2."""
    if not lacks(w, row, SIZE2):
        _cooked(w, row, be16(b, w.at + ARPHRD2), be16(b, w.at + PROTOCOL2), SIZE2)

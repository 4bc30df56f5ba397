"""Chooses the first header by link type, and reads the small headers of rare ones.

The numbers are tcpdump.org's LINKTYPE_ values. What is not listed is marked UNKNOWN_LINK and not read.
Not supported: Bluetooth, USB, CAN, 802.15.4, netlink, vsock, ATM cells, Juniper's and compressed SLIP headers.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, kernel
from netdiag.packets.walk import (
    ETHERNET,
    HDLC,
    IPV4,
    IPV6,
    LLC,
    NFLOG,
    NULL,
    PKTAP,
    PPI,
    PPP,
    PPPOE,
    RADIOTAP,
    SLL,
    SLL2,
    STOP,
    UNKNOWN_ETHERTYPE,
    UNKNOWN_LINK,
    WIFI,
    by_ethertype,
    by_nibble,
    contradicts,
    lacks,
)

IPNET_SIZE = 24  # Solaris observability: version, address family, zones, interface
IPOIB_SIZE = 44  # two 20-byte addresses, EtherType, reserved
FDDI_SIZE = 13  # frame control, two addresses
ARCNET_SIZE = 8  # source, destination, offset (2), protocol, split flag, sequence (2)
PKTAP_SIZE = 12  # of a longer header: its length, record type, link type of the frame
PPI_SIZE = 8
NFLOG_SIZE, NFLOG_PAYLOAD = 4, 9


@kernel
def by_link(b: Any, w: Any, row: Any, link: int) -> None:
    """Choose the first header."""
    if link == 1:
        w.kind = ETHERNET
    elif link == 113:
        w.kind = SLL
    elif link == 276:
        w.kind = SLL2
    elif link == 101 or link == 12 or link == 14:
        by_nibble(b, w, row)
    elif link == 228:
        w.kind = IPV4
    elif link == 229:
        w.kind = IPV6
    elif link == 0 or link == 108:
        w.kind = NULL
    elif link == 9 or link == 50 or link == 166:
        w.kind = PPP
    elif link == 51:
        w.kind = PPPOE
    elif link == 104:
        w.kind = HDLC
    elif link == 105:
        w.kind = WIFI
    elif link == 127:
        w.kind = RADIOTAP
    elif link == 192:
        w.kind = PPI
    elif link == 239:
        w.kind = NFLOG
    elif link == 258:
        w.kind = PKTAP
    elif link == 100:  # ATM, RFC 1483: LLC as in Ethernet
        w.kind = LLC
    else:
        _rare(b, w, row, link)


@kernel
def _rare(b: Any, w: Any, row: Any, link: int) -> None:
    """Links with a short fixed header."""
    if link == 226 and not lacks(w, row, IPNET_SIZE):
        w.at += IPNET_SIZE
        by_nibble(b, w, row)
    elif link == 242 and not lacks(w, row, IPOIB_SIZE):
        number = be16(b, w.at + IPOIB_SIZE - 4)
        w.at += IPOIB_SIZE
        by_ethertype(w, row, number)
    elif link == 10 and not lacks(w, row, FDDI_SIZE):
        w.at += FDDI_SIZE
        w.kind = LLC
    elif link == 129 and not lacks(w, row, ARCNET_SIZE):
        protocol = b[w.at + 4]
        w.at += ARCNET_SIZE
        if protocol == 0xD4:
            w.kind = IPV4
        else:
            row.oddities |= UNKNOWN_ETHERTYPE
            w.kind = STOP
    elif link == 226 or link == 242 or link == 10 or link == 129:
        w.kind = STOP
    else:
        row.oddities |= UNKNOWN_LINK
        w.kind = STOP


@kernel
def _le16(b: Any, at: int) -> Any:
    return np.int64(b[at]) | np.int64(b[at + 1]) << 8


@kernel
def _le32(b: Any, at: int) -> Any:
    return _le16(b, at) | _le16(b, at + 2) << 16


@kernel
def pktap(b: Any, w: Any, row: Any) -> None:
    """Apple's PKTAP: header length and the link type of what follows."""
    if lacks(w, row, PKTAP_SIZE):
        return
    size, link = _le32(b, w.at), _le32(b, w.at + 8)
    _wrapped(b, w, row, size, PKTAP_SIZE, link)


@kernel
def ppi(b: Any, w: Any, row: Any) -> None:
    """Per-packet information: header length and the link type of what follows."""
    if lacks(w, row, PPI_SIZE):
        return
    size, link = _le16(b, w.at + 2), _le32(b, w.at + 4)
    _wrapped(b, w, row, size, PPI_SIZE, link)


@kernel
def _wrapped(b: Any, w: Any, row: Any, size: int, least: int, link: int) -> None:
    """Walk on with the link type inside; a wrapper in a wrapper is bounded by the walk itself."""
    if size < least:
        contradicts(w, row)
    elif not lacks(w, row, size):
        w.at += size
        by_link(b, w, row, link)


@kernel
def nflog(b: Any, w: Any, row: Any) -> None:
    """Linux netfilter log: attributes in host byte order, one of which is the packet."""
    w.at += NFLOG_SIZE
    while not lacks(w, row, 4):
        length, kind = _le16(b, w.at), _le16(b, w.at + 2)
        if length < 4:
            contradicts(w, row)
            return
        if kind & 0x7FFF == NFLOG_PAYLOAD:
            w.limit = min(w.limit, w.at + length)
            w.cap = min(w.cap, w.limit)
            w.at += 4
            by_nibble(b, w, row)
            return
        w.at += (length + 3) & ~3

"""Chooses the first header by link type, and reads the small headers of rare ones.

The numbers are tcpdump.org's LINKTYPE_ values. What is not listed is marked UNKNOWN_LINK and not read.
Not supported: Bluetooth, USB, CAN, 802.15.4, netlink, vsock, ATM cells, Juniper's and compressed SLIP headers.
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, step
from netdiag.packets.walk import (
    ANY_IP,
    ARCNET,
    ETHERNET,
    FDDI,
    HDLC,
    IPNET,
    IPOIB,
    IPV4,
    IPV6,
    LLC,
    MPLS,
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
    any_ip,
    by_ethertype,
    contradicts,
    lacks,
    table,
)

IPNET_SIZE = np.int64(24)  # Solaris observability: version, address family, zones, interface
IPOIB_SIZE = np.int64(44)  # two 20-byte addresses, EtherType, reserved
FDDI_SIZE = np.int64(13)  # frame control, two addresses
ARCNET_IP = 0xD4
ARCNET_SIZE = np.int64(8)  # source, destination, offset (2), protocol, split flag, sequence (2)
PKTAP_SIZE = np.int64(12)  # of a longer header: its length, record type, link type of the frame
PPI_SIZE = np.int64(8)
NFLOG_SIZE, NFLOG_PAYLOAD = 4, 9


FIRST_HEADERS = {
    1: ETHERNET,
    113: SLL,
    276: SLL2,
    0: NULL,
    108: NULL,
    228: IPV4,
    229: IPV6,
    101: ANY_IP,
    12: ANY_IP,
    14: ANY_IP,
    106: IPV4,
    9: PPP,
    50: PPP,
    166: PPP,
    51: PPPOE,
    104: HDLC,
    219: MPLS,
    100: LLC,
    105: WIFI,
    127: RADIOTAP,
    192: PPI,
    239: NFLOG,
    258: PKTAP,
    226: IPNET,
    242: IPOIB,
    10: FDDI,
    129: ARCNET,
}
"""Link types and the header they begin with. 12, 14: raw IP as some systems number it; 106: classical IP over ATM."""

_KIND_OF_LINK = table(FIRST_HEADERS, 512)


@step
def by_link(w: Any, row: Any, link: Any) -> None:
    """Choose the first header."""
    if 0 <= link < _KIND_OF_LINK.size and _KIND_OF_LINK[link] != STOP:
        w.kind = _KIND_OF_LINK[link]
    else:
        row.oddities |= UNKNOWN_LINK
        w.kind = STOP


@step
def ipnet(b: Any, w: Any, row: Any) -> None:
    """Solaris observability: IP behind a fixed header."""
    if not lacks(w, row, IPNET_SIZE):
        w.at += IPNET_SIZE
        any_ip(b, w, row)


@step
def ipoib(b: Any, w: Any, row: Any) -> None:
    """IP over InfiniBand: an EtherType behind two long addresses."""
    if not lacks(w, row, IPOIB_SIZE):
        number = be16(b, w.at + IPOIB_SIZE - 4)
        w.at += IPOIB_SIZE
        by_ethertype(w, row, number)


@step
def fddi(w: Any, row: Any) -> None:
    """FDDI: LLC behind frame control and addresses."""
    if not lacks(w, row, FDDI_SIZE):
        w.at += FDDI_SIZE
        w.kind = LLC


@step
def arcnet(b: Any, w: Any, row: Any) -> None:
    """ARCNET as Linux gives it (RFC 1201)."""
    if lacks(w, row, ARCNET_SIZE):
        return
    protocol = b[w.at + 4]
    w.at += ARCNET_SIZE
    if protocol == ARCNET_IP:
        w.kind = IPV4
    else:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP


@step
def _le16(b: Any, at: Any) -> Any:
    return np.int64(b[at]) | np.int64(b[at + 1]) << 8


@step
def _le32(b: Any, at: Any) -> Any:
    return _le16(b, at) | _le16(b, at + 2) << 16


@step
def pktap(b: Any, w: Any, row: Any) -> None:
    """Apple's PKTAP: header length and the link type of what follows."""
    if lacks(w, row, PKTAP_SIZE):
        return
    size, link = _le32(b, w.at), _le32(b, w.at + 8)
    _wrapped(w, row, size, PKTAP_SIZE, link)


@step
def ppi(b: Any, w: Any, row: Any) -> None:
    """Per-packet information: header length and the link type of what follows."""
    if lacks(w, row, PPI_SIZE):
        return
    size, link = _le16(b, w.at + 2), _le32(b, w.at + 4)
    _wrapped(w, row, size, PPI_SIZE, link)


@step
def _wrapped(w: Any, row: Any, size: Any, least: Any, link: Any) -> None:
    """Walk on with the link type inside; a wrapper in a wrapper is bounded by the walk itself."""
    if size < least:
        contradicts(w, row)
    elif not lacks(w, row, size):
        w.at += size
        by_link(w, row, link)


@step
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
            any_ip(b, w, row)
            return
        w.at += (length + 3) & ~3

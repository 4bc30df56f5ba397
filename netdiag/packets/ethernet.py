"""Reads Ethernet II and 802.3 frames, VLAN tags, LLC/SNAP and Cisco FabricPath.

Sources: IEEE 802.3 clause 3.2, 802.1Q clause 9, 802.2, RFC 1042 (SNAP).
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, step
from netdiag.packets.walk import ETHERNET, IPV4, STOP, UNKNOWN_ETHERTYPE, by_ethertype, lacks, mix, narrow, offsets

HEADER = np.dtype([("destination", "V6"), ("source", "V6"), ("type", ">u2")])
_, _, TYPE = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

TAG = np.dtype([("tci", ">u2"), ("type", ">u2")])
TCI, TAG_TYPE = offsets(TAG)
TAG_SIZE = np.int64(TAG.itemsize)

SNAP = np.dtype([("dsap", "u1"), ("ssap", "u1"), ("control", "u1"), ("oui", "V3"), ("type", ">u2")])
DSAP, SSAP, CONTROL, OUI, SNAP_TYPE = offsets(SNAP)
SNAP_SIZE = np.int64(SNAP.itemsize)
LLC_SIZE = np.int64(3)

FABRICPATH_SIZE = np.int64(16)  # destination, source, EtherType 0x8903, forwarding tag; the original frame follows


@step
def ethernet(b: Any, w: Any, row: Any) -> None:
    """Ethernet header: a type, or an 802.3 length that hides padding."""
    if lacks(w, row, SIZE):
        return
    number = be16(b, w.at + TYPE)
    w.at += SIZE
    by_ethertype(w, row, number)
    if number < 0x0600 and w.at + number < w.limit:
        narrow(w, w.at + number)


@step
def vlan(b: Any, w: Any, row: Any) -> None:
    """One 802.1Q or 802.1ad tag; tags nest."""
    if lacks(w, row, TAG_SIZE):
        return
    identifier = be16(b, w.at + TCI) & 0x0FFF
    if identifier != 0:
        w.vlan = identifier
        w.scope = mix(w.scope, identifier)
    number = be16(b, w.at + TAG_TYPE)
    w.at += TAG_SIZE
    by_ethertype(w, row, number)


@step
def llc(b: Any, w: Any, row: Any) -> None:
    """802.2 header: IP directly (SAP 06) or by SNAP with an EtherType (RFC 1042, 802.1H bridge tunnel)."""
    if lacks(w, row, LLC_SIZE):
        return
    at = w.at
    if b[at + DSAP] == 0x06 and b[at + SSAP] == 0x06 and b[at + CONTROL] == 0x03:
        w.at += LLC_SIZE
        w.kind = IPV4
        return
    snap = b[at + DSAP] == 0xAA and b[at + SSAP] == 0xAA and b[at + CONTROL] == 0x03
    if not snap:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP
        return
    if lacks(w, row, SNAP_SIZE):
        return
    organisation = be16(b, at + OUI) << 8 | np.int64(b[at + OUI + 2])
    number = be16(b, at + SNAP_TYPE)
    w.at += SNAP_SIZE
    if (organisation == 0 or organisation == 0xF8) and number >= 0x0600:
        by_ethertype(w, row, number)
    else:
        row.oddities |= UNKNOWN_ETHERTYPE
        w.kind = STOP


@step
def fabricpath(w: Any, row: Any) -> None:
    """Cisco FabricPath: its forwarding tag is read as the type's payload; the original Ethernet frame follows."""
    if lacks(w, row, FABRICPATH_SIZE - SIZE):
        return
    w.at += FABRICPATH_SIZE - SIZE
    w.kind = ETHERNET

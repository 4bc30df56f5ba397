"""Reads header fields of every record of a chunk into PACKET rows, in one compiled pass.

`Decoder` keeps what outlives a packet: counts, the latest time of each interface, and datagrams whose fragments are
still coming. Rows depend on the records in their order only, never on how they were cut into chunks or batches.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netdiag.capture.record import NO_TIME, TURNS, Chunk
from netdiag.capture.ref import REF_FILE_SHIFT
from netdiag.capture.slab import SCRATCH
from netdiag.kernel import kernel, step
from netdiag.memory import LINE, prefetch
from netdiag.packets import walk
from netdiag.packets.ethernet import ethernet, fabricpath, llc, vlan
from netdiag.packets.fragments import RESERVE, new_table
from netdiag.packets.geneve import geneve
from netdiag.packets.gre import gre
from netdiag.packets.gtpu import gtpu
from netdiag.packets.icmp import icmp, icmpv6
from netdiag.packets.ipv4 import ipv4
from netdiag.packets.ipv6 import authentication, extension, fragment6, ipv6
from netdiag.packets.links import arcnet, by_link, fddi, ipnet, ipoib, nflog, pktap, ppi
from netdiag.packets.mpls import mpls
from netdiag.packets.null import null
from netdiag.packets.packet import PACKET, Layer, Oddity
from netdiag.packets.ppp import hdlc, ppp, pppoe
from netdiag.packets.sll import sll, sll2
from netdiag.packets.tcp import tcp
from netdiag.packets.teredo import teredo
from netdiag.packets.udp import udp
from netdiag.packets.vxlan import vxlan
from netdiag.packets.walk import CLOCK_BACKWARDS, NO_TIMESTAMP, SNAPLEN_CUT, STOP, TOO_DEEP, WALK, any_ip
from netdiag.packets.wifi import capwap, radiotap, wifi

BATCH = 8192
"""Most rows of one batch: they stay in the processor's cache until they are tracked."""
AHEAD = 16
"""Packets whose headers are fetched together; most lie in two lines."""
DEEPEST = 40
"""Headers that are followed in one packet."""
CLOCK_SLACK_NS = 1_000_000
"""Packets of several queues of one interface may be out of order by less than this."""
MOST_INTERFACES = 1 << 16
"""Interfaces whose clock is watched."""
BROKEN = -1

COUNTED = ("packets", *(str(layer.name).lower() for layer in Layer))
"""Names of the columns of `Decoder.counts`."""


@step
def _read(b: Any, w: Any, row: Any, link: Any, table: Any, bodies: Any, seen: Any) -> None:
    """Walk through the headers of one packet; the common ones are asked for first."""
    by_link(w, row, np.int64(link))
    for _ in range(DEEPEST):
        kind = w.kind
        if kind == STOP:
            return
        if kind == walk.ETHERNET:
            ethernet(b, w, row)
        elif kind == walk.IPV4:
            ipv4(b, w, row, table, bodies, seen)
        elif kind == walk.TCP:
            tcp(b, w, row)
        elif kind == walk.UDP:
            udp(b, w, row)
        elif kind == walk.IPV6:
            ipv6(b, w, row)
        elif kind == walk.VLAN:
            vlan(b, w, row)
        elif kind == walk.SLL:
            sll(b, w, row)
        elif kind == walk.SLL2:
            sll2(b, w, row)
        elif kind == walk.NULL:
            null(b, w, row)
        elif kind == walk.ICMP:
            icmp(b, w, row)
        elif kind == walk.ICMPV6:
            icmpv6(b, w, row)
        elif kind == walk.EXTENSION:
            extension(b, w, row)
        elif kind == walk.FRAGMENT6:
            fragment6(b, w, row, table, bodies, seen)
        elif kind == walk.AUTHENTICATION:
            authentication(b, w, row)
        elif kind == walk.VXLAN:
            vxlan(b, w)
        elif kind == walk.GENEVE:
            geneve(b, w, row)
        elif kind == walk.GRE:
            gre(b, w, row)
        elif kind == walk.GTP_U:
            gtpu(b, w, row)
        elif kind == walk.MPLS:
            mpls(b, w, row)
        elif kind == walk.PPPOE:
            pppoe(b, w, row)
        elif kind == walk.PPP:
            ppp(b, w, row)
        elif kind == walk.HDLC:
            hdlc(b, w, row)
        elif kind == walk.LLC:
            llc(b, w, row)
        elif kind == walk.FABRICPATH:
            fabricpath(w, row)
        elif kind == walk.TEREDO:
            teredo(b, w)
        elif kind == walk.WIFI:
            wifi(b, w, row)
        elif kind == walk.RADIOTAP:
            radiotap(b, w, row)
        elif kind == walk.CAPWAP:
            capwap(b, w, row)
        elif kind == walk.PPI:
            ppi(b, w, row)
        elif kind == walk.NFLOG:
            nflog(b, w, row)
        elif kind == walk.PKTAP:
            pktap(b, w, row)
        elif kind == walk.IPNET:
            ipnet(b, w, row)
        elif kind == walk.IPOIB:
            ipoib(b, w, row)
        elif kind == walk.FDDI:
            fddi(w, row)
        elif kind == walk.ARCNET:
            arcnet(b, w, row)
        else:
            any_ip(b, w, row)
    if w.kind != STOP:
        row.oddities |= TOO_DEEP


@step
def _count(counts: Any, tally: Any, found: Any, patterns: Any) -> None:
    """Add the tally of `Layer` patterns to a file's counts and clear it: far cheaper than a count per packet and layer."""
    for i in range(patterns):
        layers = found[i]
        packets = tally[layers]
        tally[layers] = 0
        counts[0] += packets
        for k in range(counts.size - 1):
            counts[k + 1] += packets * (layers >> k & 1)


@step
def _fetch(b: Any, records: Any, start: Any) -> Any:
    """Ask for the headers of the next packets; returns of how many. One by one, each would be waited for: nearly half the time."""
    count = min(AHEAD, records.size - start)
    for k in range(start, start + count):
        prefetch(b, records[k].offset)
        prefetch(b, records[k].offset + LINE)
    return count


@kernel
def _decode(
    b: Any,
    used: Any,
    scratch: Any,
    records: Any,
    begin: Any,
    rows: Any,
    words: Any,
    steps: Any,
    latest: Any,
    counts: Any,
    tally: Any,
    found: Any,
    oddities: Any,
    table: Any,
    bodies: Any,
    seen: Any,
) -> Any:
    """Fill rows from records[begin:]; returns how many, BROKEN where a record is not inside the chunk or of an unknown file.

    Ends early when the scratch area might not do for the next, or its interface is not in `latest`.
    """
    w = steps[0]
    w.scratch = scratch
    n = patterns = counted = fetched = 0
    while begin + n < records.size and n < rows.size and w.scratch + RESERVE <= scratch + SCRATCH // TURNS:
        if n == fetched:
            fetched += _fetch(b, records, begin + n)
        record = records[begin + n]
        file = record.ref >> REF_FILE_SHIFT
        if record.offset < 0 or record.captured < 0 or record.captured > used - record.offset or not 0 <= file < counts.shape[0]:
            return BROKEN
        if latest.size <= record.interface < MOST_INTERFACES:
            break
        for k in range(words.shape[1]):
            words[n, k] = 0
        row = rows[n]
        n += 1
        row.ts_ns, row.ref, row.interface = record.ts_ns, record.ref, record.interface
        if record.captured < record.wire:
            row.oddities |= SNAPLEN_CUT
        if record.flags & NO_TIME:
            row.oddities |= NO_TIMESTAMP
        elif 0 <= record.interface < latest.size:
            if record.ts_ns < latest[record.interface] - CLOCK_SLACK_NS:
                row.oddities |= CLOCK_BACKWARDS
            latest[record.interface] = record.ts_ns
        w.at, w.cap, w.limit = record.offset, record.offset + record.captured, record.offset + max(record.wire, record.captured)
        w.length = w.quoted = w.scope = w.vlan = w.tunnel = w.tunnel_id = 0
        w.ts_ns, w.scratch_end = record.ts_ns, w.scratch + RESERVE
        _read(b, w, row, record.link, table, bodies, seen)
        if patterns and file != counted:
            _count(counts[counted], tally, found, patterns)
            patterns = 0
        counted = file
        if tally[row.layers] == 0:
            found[patterns] = row.layers
            patterns += 1
        tally[row.layers] += 1
        if row.oddities:
            for k in range(oddities.shape[1]):
                oddities[file, k] += row.oddities >> k & 1
    _count(counts[counted], tally, found, patterns)
    return n


class Decoder:
    """Turns records into packet rows, chunk by chunk in capture order.

    Parameters
    ----------
    inputs : int
        Number of input files of the capture: `ref >> REF_FILE_SHIFT` of every record is below it.

    Attributes
    ----------
    counts : ndarray of int64, shape (inputs, len(COUNTED))
        Packets of each file, and those that hold each Layer at any depth.
    nothing : ndarray, shape (0,), dtype PACKET
        A batch without packets.
    oddities : ndarray of int64, shape (inputs, len(Oddity))
        Packets of each file that carry each Oddity, in the order of its bits.
    """

    def __init__(self, inputs: int) -> None:
        self.counts: NDArray[np.int64] = np.zeros((inputs, len(COUNTED)), np.int64)
        self.oddities: NDArray[np.int64] = np.zeros((inputs, len(Oddity)), np.int64)
        self._rows = [(rows, rows.view(np.uint64).reshape(BATCH, -1)) for rows in [np.zeros(BATCH, PACKET) for _ in range(TURNS)]]
        self.nothing: NDArray[Any] = np.zeros(0, PACKET)
        self._turn = 0
        self._steps = np.zeros(1, WALK)
        self._latest = np.zeros(0, np.int64)
        self._tally = np.zeros(1 << len(Layer), np.int64)
        self._found = np.zeros(BATCH, np.int64)
        self._fragments = new_table()

    def rows(self, chunk: Chunk) -> Iterator[NDArray[Any]]:
        """Yield the rows (dtype PACKET) of a chunk's records in order; a batch is valid while TURNS are in use.

        The scratch area behind `chunk.used` is written to: reassembled datagrams lie there while their batch is valid.

        Raises
        ------
        ValueError
            The chunk breaks its contract: a record outside the buffer or of an unknown file, or too little scratch area.
        """
        records = chunk.records
        if chunk.used + SCRATCH > chunk.buffer.size:
            raise ValueError("chunk without room for reassembly behind its bytes")
        done = 0
        while done < records.size:
            self._know(int(records[done]["interface"]))
            made = _decode(
                chunk.buffer,
                chunk.used,
                chunk.used + self._turn * (SCRATCH // TURNS),
                records,
                done,
                *self._rows[self._turn],
                self._steps,
                self._latest,
                self.counts,
                self._tally,
                self._found,
                self.oddities,
                *self._fragments,
            )
            if made == BROKEN:
                raise ValueError("record outside its chunk, or of a file that was not announced")
            done += made
            yield self._rows[self._turn][0][:made]
            self._turn = (self._turn + 1) % TURNS

    def _know(self, interface: int) -> None:
        """Have a place for the time of an interface's latest packet."""
        if self._latest.size <= interface < MOST_INTERFACES:
            grown = np.full(max(interface + 1, 2 * self._latest.size), np.iinfo(np.int64).min + CLOCK_SLACK_NS, np.int64)
            grown[: self._latest.size] = self._latest
            self._latest = grown

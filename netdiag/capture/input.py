"""Describes one input of a capture: what it is, what was read from it, and how far that went."""

from dataclasses import dataclass

COMPLETE, TRUNCATED, DAMAGED, NOT_A_CAPTURE = "complete", "truncated", "damaged", "not-a-capture"


@dataclass(slots=True)
class Input:
    """One file, pipe or standard input. Filled while it is read, final when the capture's chunks are exhausted."""

    path: str
    """As given by the caller; "-" is standard input."""
    index: int = -1
    """Position in `Capture.inputs`, and the file part of every record's `ref`."""
    format: str | None = None
    """"pcap", "pcap-ns", "pcap-modified", "pcapng", "snoop" or "erf"."""
    compression: str | None = None
    """"gzip", "zstd", "lz4", "xz" or None."""
    link_types: tuple[str, ...] = ()
    """Sorted LINKTYPE names of tcpdump.org without their prefix; the number as text when it has no name."""
    packets: int = 0
    bytes: int = 0
    """Size of the capture data read, after decompression; what lies behind damage does not count."""
    first_ns: int | None = None
    """Earliest packet time, ns since the epoch; None when no packet has a time."""
    last_ns: int | None = None
    """Latest packet time."""
    status: str = COMPLETE
    """"complete", "truncated" (ends inside a record or compressed stream), "damaged" or "not-a-capture"."""
    error: str | None = None
    """Where reading stopped and what to do about it; None when complete."""
    drops: int = 0
    """Packets lost while capturing, as the capture says: pcapng's last isb_ifdrop of each interface, snoop's and ERF's counters."""
    interfaces: int = 0
    """Interfaces described, over all sections."""

    @property
    def truncated_tail(self) -> bool:
        """Whether the input ends inside a record or a compressed stream."""
        return self.status == TRUNCATED

    def restart(self) -> None:
        """Forget what was read."""
        self.packets = self.bytes = self.drops = self.interfaces = 0
        self.first_ns = self.last_ns = self.error = None
        self.status = COMPLETE

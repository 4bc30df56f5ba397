"""Crafts the capture beside it: a "safe reset" flood control, which Linux cannot be made to be. Run it from the project's root.

Such a device answers the first SYN of a source it does not know with a SYN-ACK whose acknowledgement number is wrong. A real client
resets that (RFC 9293, section 3.10.7.3) and repeats its SYN after its timer; then the device knows that nobody forged the address, and
lets this source through for good. The TLS handshakes are those of captures/tls13_ok, byte for byte.
"""

from collections.abc import Iterator
from pathlib import Path

from scapy.all import IP, TCP, Ether, Packet, rdpcap, wrpcap

HERE = Path(__file__).resolve().parent
SERVER, BEGIN, RTT, RETRY = "203.0.113.10", 1_790_000_000.0, 0.01, 1.0
SOURCES = [f"198.51.100.{number}" for number in range(1, 5)]
OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("NOP", None), ("WScale", 7)]


def talk() -> list[tuple[bool, bytes]]:
    """Who says what in the recorded handshake: from the client, payload."""
    recorded = [packet[TCP] for packet in rdpcap(str(HERE.parent / "tls13_ok/capture.pcap"))]
    client = recorded[0].sport
    return [(segment.sport == client, bytes(segment.payload)) for segment in recorded if segment.payload]


class Connection:
    """One connection as its packets: a clock, and the next number of each side."""

    def __init__(self, source: str, port: int, at: float) -> None:
        self.source, self.port, self.at = source, port, at
        self.mine, self.theirs = 1_000_000 + port * 1000, 3_000_000 + port * 7000

    def packet(self, ours: bool, flags: str, wait: float, payload: bytes = b"", **more: object) -> Packet:
        """The next packet of one side; it moves that side's number on."""
        self.at += wait
        ends = (self.source, SERVER, self.port, 443) if ours else (SERVER, self.source, 443, self.port)
        numbers = {"seq": self.mine if ours else self.theirs, "ack": (self.theirs if ours else self.mine) if "A" in flags else 0}
        segment = TCP(sport=ends[2], dport=ends[3], flags=flags, window=502, options=OPTIONS if "S" in flags else [], **numbers | more)
        made = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src=ends[0], dst=ends[1], ttl=57 if ours else 60) / segment
        made = made / payload if payload else made
        made.time = self.at
        moved = len(payload) + ("S" in flags or "F" in flags)
        self.mine, self.theirs = self.mine + moved * ours, self.theirs + moved * (not ours)
        return made

    def tested(self) -> Iterator[Packet]:
        """A SYN, the wrong answer, and the reset that proves a client."""
        yield self.packet(True, "S", 0)
        self.mine -= 1  # it will be repeated with the same number
        wrong = self.mine + 123_456_789
        yield self.packet(False, "SA", RTT, ack=wrong)
        self.theirs -= 1
        yield self.packet(True, "R", 0.0001, seq=wrong)
        self.at += RETRY - RTT

    def served(self, spoken: list[tuple[bool, bytes]]) -> Iterator[Packet]:
        """Handshakes, a few words, and an orderly end."""
        yield self.packet(True, "S", 0)
        yield self.packet(False, "SA", RTT)
        yield self.packet(True, "A", 0.0001)
        for ours, payload in spoken:
            yield self.packet(ours, "PA", RTT / 2, payload)
            yield self.packet(not ours, "A", RTT / 2)
        yield self.packet(True, "FA", 0.001)
        yield self.packet(False, "FA", RTT)
        yield self.packet(True, "A", 0.0001)


def craft() -> list[Packet]:
    """Four sources come three times each; only the first time of each is tested."""
    packets, spoken = [], talk()
    for number, source in enumerate(SOURCES):
        for visit in range(3):
            one = Connection(source, 40000 + 10 * number + visit, BEGIN + 0.7 * number + 4 * visit)
            packets += [*(one.tested() if visit == 0 else ()), *one.served(spoken)]
    return sorted(packets, key=lambda packet: packet.time)


if __name__ == "__main__":
    wrpcap(str(HERE / "capture.pcap.gz"), craft(), gz=True)

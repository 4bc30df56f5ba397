"""Two captures in one file, read back by scapy."""

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import RawPcapNgReader, wrpcap

from captures.lab.pcapng import merge


def test_packets_are_in_order_of_time_and_know_their_interface(tmp_path):
    first, second = tmp_path / "a.pcap", tmp_path / "b.pcap"
    frames = [Ether() / IP(src="192.0.2.1") / TCP(sport=at) for at in range(4)]
    for at, frame in enumerate(frames):
        frame.time = 1_700_000_000 + at / 4
    bare = [frames[1][IP], frames[2][IP]]
    for frame, whole in zip(bare, frames[1:3], strict=True):
        frame.time = whole.time
    wrpcap(str(first), [frames[0], frames[3]])
    wrpcap(str(second), bare, linktype=101)
    merge([first, second], tmp_path / "both.pcapng")
    with RawPcapNgReader(str(tmp_path / "both.pcapng")) as reader:
        read = list(reader)
    assert [meta.linktype for _, meta in read] == [1, 101, 101, 1]
    assert [(meta.tshigh << 32) + meta.tslow for _, meta in read] == sorted((meta.tshigh << 32) + meta.tslow for _, meta in read)
    assert [data for data, _ in read] == [bytes(frames[0]), bytes(bare[0]), bytes(bare[1]), bytes(frames[3])]

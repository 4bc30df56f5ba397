"""pcapng: sections, interfaces, clocks, every packet block, and blocks that are none."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netdiag.capture.capture import Capture
from netdiag.capture.formats.pcapng import options, tick
from netdiag.capture.record import NO_TIME
from netdiag.errors import CaptureError

I64 = (1 << 63) - 1


@pytest.fixture
def write(tmp_path):
    def to_file(*blocks: bytes):
        path = tmp_path / "x.pcapng"
        path.write_bytes(b"".join(blocks))
        return path

    return to_file


@pytest.mark.parametrize("order", ["<", ">"])
def test_byte_orders(files, write, order):
    found = files.read(write(files.pcapng(files.SAMPLE, order)))
    assert [(p.ts_ns, p.data, p.wire) for p in found] == [(ts, data, len(data) + 7) for ts, data in files.SAMPLE]


def test_sections_may_change_byte_order_and_number_interfaces_anew(files, write):
    path = write(
        files.section("<"), files.interface("<", link=1), files.interface("<", link=113),
        files.enhanced(1, b"a", "<", which=1), files.enhanced(2, b"b", "<", which=0),
        files.section(">"), files.interface(">", link=101), files.enhanced(3, b"c", ">"),
    )  # fmt: skip
    for size in (64, 4 << 20):
        capture = Capture([path], chunk_bytes=size)
        found = files.drain(capture)
        assert [(p.data, p.link, p.interface, p.ts_ns) for p in found] == [(b"a", 113, 0, 1000), (b"b", 1, 1, 2000), (b"c", 101, 2, 3000)]
        assert capture.inputs[0].link_types == ("ETHERNET", "LINUX_SLL", "RAW")
        assert capture.inputs[0].interfaces == 3


def expected_ns(ticks: int, resolution: int, offset_s: int) -> int:
    exponent = resolution & 0x7F
    per_second = 2**exponent if resolution & 0x80 else 10**exponent
    total = ticks * 10**9 // per_second + offset_s * 10**9
    if total // 10**9 > 9_223_372_035:
        return I64
    return -I64 if total // 10**9 < -9_223_372_035 else total


@settings(deadline=None)
@given(
    ticks=st.one_of(st.integers(0, 2**64 - 2), st.integers(0, 2**35).map(lambda s: s * 10**6)),
    resolution=st.integers(0, 255),
    offset_s=st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, -1, -11_644_473_600])),
)
def test_clocks(files, tmp_path_factory, ticks, resolution, offset_s):
    path = tmp_path_factory.mktemp("clock") / "x"
    described = files.option(9, bytes((resolution,))) + files.option(14, struct.pack("<q", offset_s))
    path.write_bytes(files.section() + files.interface(options=described) + files.enhanced(ticks, b"a"))
    assert files.read(path)[0].ts_ns == expected_ns(ticks, resolution, offset_s)


def test_the_default_clock_counts_microseconds(files, write):
    assert files.read(write(files.section(), files.interface(), files.enhanced(7, b"a")))[0].ts_ns == 7000
    assert tick(6) == (-1, 10**6, 1000, 1)


def test_simple_packets_take_the_time_before_them_and_say_so(files, write):
    simple = files.block(3, struct.pack("<I", 9) + b"abcdefghi")
    found = files.read(write(files.section(), files.interface(snaplen=5), simple, files.enhanced(4, b"x"), simple))
    assert [(p.ts_ns, p.data, p.wire, p.flags) for p in found] == [
        (0, b"abcde", 9, NO_TIME), (4000, b"x", 8, 0), (4000, b"abcde", 9, NO_TIME),
    ]  # fmt: skip


def test_untimed_packets_do_not_count_in_the_span(files, write):
    simple = files.block(3, struct.pack("<I", 1) + b"a")
    capture = Capture([write(files.section(), files.interface(), simple, files.enhanced(4, b"x"))])
    files.drain(capture)
    assert (capture.inputs[0].first_ns, capture.inputs[0].last_ns) == (4000, 4000)


def test_obsolete_packet_blocks(files, write):
    packet = files.block(2, struct.pack("<HHIIII", 1, 0, 0, 5, 3, 4) + b"abc\0")
    found = files.read(write(files.section(), files.interface(), files.interface(link=101), packet))
    assert [(p.ts_ns, p.data, p.wire, p.link) for p in found] == [(5000, b"abc", 4, 101)]


def test_other_blocks_are_stepped_over_whatever_their_size(files, write):
    names = files.block(4, bytes(40))
    huge = files.block(0x80000001, bytes(3_000_001))
    path = write(files.section(), files.interface(), names, huge, files.enhanced(1, b"a"), huge, files.enhanced(2, b"b"), names)
    for size in (64, 4 << 20):
        capture = Capture([path], chunk_bytes=size)
        assert [(p.data, p.ref) for p in files.drain(capture)] == [(b"a", 1), (b"b", 2)]
        assert capture.inputs[0].status == "complete"


def test_a_cut_in_a_skipped_block_is_told(files, write):
    whole = files.section() + files.interface() + files.enhanced(1, b"a") + files.block(0x80000001, bytes(1000))
    for cut in (1, 4, 5, 500, 1011):
        capture = Capture([write(whole[:-cut])], chunk_bytes=64)
        assert len(files.drain(capture)) == 1
        assert capture.inputs[0].status == "truncated"


def test_custom_blocks_have_frame_numbers_as_in_wireshark(files, write):
    custom = files.block(0xBAD, bytes(8))
    path = write(
        files.section(), files.interface(), custom, files.enhanced(1, b"a"), files.block(0xBAD, bytes(4000)), files.enhanced(2, b"b")
    )
    assert [p.ref for p in files.read(path, chunk_bytes=64)] == [2, 4] == [p.ref for p in files.read(path)]


def test_drops_are_the_newest_counter_of_each_interface(files, write):
    def counter(which, drops):
        return files.block(5, struct.pack("<III", which, 0, 0) + files.option(5, struct.pack("<Q", drops)))

    stray = files.block(5, struct.pack("<III", 77, 0, 0))
    capture = Capture([write(files.section(), files.interface(), files.interface(), counter(0, 3), counter(1, 10), counter(0, 5), stray)])
    files.drain(capture)
    assert capture.inputs[0].drops == 15


def damaged(files, path):
    capture = Capture([path])
    assert [p.data for p in files.drain(capture)] == [b"a"]
    assert capture.inputs[0].status == "damaged"
    return capture.inputs[0].error


def test_lies_are_damage_where_they_are(files, write):
    start = files.section() + files.interface() + files.enhanced(1, b"a")
    at = f"byte {len(start)}: "
    packet = files.enhanced(2, b"bbbb")
    wrong_trailer = packet[:-4] + struct.pack("<I", 99)
    too_long = packet[:20] + struct.pack("<I", 5) + packet[24:]
    cases = {
        "a block's length is impossible": [
            packet[:4] + struct.pack("<I", 8) + packet[8:],
            packet[:4] + struct.pack("<I", 0xFFFFFFF0) + packet[8:],
        ],
        "the two length fields of a block differ": [wrong_trailer, files.block(4, b"")[:-4] + bytes(4), files.interface()[:-1] + b"\1"],
        "a packet belongs to an interface that is not described": [files.enhanced(2, b"b", which=1)],
        "a packet is longer than its block": [too_long, files.enhanced(2, bytes(262_145))],
        "an option is longer than its block": [files.interface(options=b"\1\0\xff\xff")],
        "an interface's clock is described by options of the wrong length": [files.interface(options=files.option(9, b"ab"))],
        "a section has an unknown byte order": [files.block(0x0A0D0D0A, bytes(16))],
        "pcapng version 2.0 is not supported": [files.section(version=(2, 0))],
    }
    for problem, lies in cases.items():
        for lie in lies:
            error = damaged(files, write(start, lie, bytes(64)))
            assert error.startswith(at + problem), (error, problem)


def test_a_lying_trailer_of_a_huge_block_is_damage(files, write):
    huge = files.block(0x80000001, bytes(500_000))[:-4] + bytes(4)
    path = write(files.section(), files.interface(), files.enhanced(1, b"a"), huge, files.enhanced(1, b"b"))
    for size in (64, 4 << 20):
        capture = Capture([path], chunk_bytes=size)
        assert len(files.drain(capture)) == 1
        assert capture.inputs[0].error is not None
        assert capture.inputs[0].error.startswith("byte 84: the two length fields")


def test_lengths_that_are_no_multiple_of_four_are_rounded_up(files, write):
    body = struct.pack("<IIIII", 0, 0, 3, 5, 5) + b"abcde"
    odd = struct.pack("<II", 6, 12 + len(body)) + body + bytes(3) + struct.pack("<I", 12 + len(body))
    assert [p.data for p in files.read(write(files.section(), files.interface(), odd, files.enhanced(1, b"z")))] == [b"abcde", b"z"]


def test_nothing_but_damage_is_an_error(files, write):
    with pytest.raises(CaptureError, match="byte 0: an option is longer"):
        Capture([write(files.section(options=b"\1\0\xff\xff"))])


@given(st.binary(max_size=60), st.sampled_from("<>"))
def test_options_never_read_past_their_end(data, order):
    found = options(data, order)
    assert found is None or sum(map(len, found.values())) <= len(data)

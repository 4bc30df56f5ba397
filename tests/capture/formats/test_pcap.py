"""Classic pcap: every magic number and byte order, old field orders, link type fields, and lengths that cannot be."""

import struct

import pytest

from netdiag.capture.capture import Capture
from netdiag.errors import CaptureError


@pytest.mark.parametrize(("magic", "name"), [(0xA1B2C3D4, "pcap"), (0xA1B23C4D, "pcap-ns"), (0xA1B2CD34, "pcap-modified")])
@pytest.mark.parametrize("order", ["<", ">"])
def test_magic_numbers_and_byte_orders(files, tmp_path, magic, name, order):
    path = tmp_path / "x"
    path.write_bytes(files.pcap(files.SAMPLE, magic=magic, order=order, link=113))
    capture = Capture([path])
    found = files.drain(capture)
    assert [(p.ts_ns, p.data, p.wire, p.link) for p in found] == [(ts, data, len(data) + 7, 113) for ts, data in files.SAMPLE]
    assert (capture.inputs[0].format, capture.inputs[0].link_types) == (name, ("LINUX_SLL",))


def test_times_reach_2106_and_odd_fractions_carry(files, tmp_path):
    path = tmp_path / "x"
    record = struct.pack("<IIII", 0xFFFFFFFF, 0xFFFFFFFF, 0, 0)
    path.write_bytes(files.pcap([], magic=0xA1B2C3D4) + record)
    assert files.read(path)[0].ts_ns == 0xFFFFFFFF * files.NS + 0xFFFFFFFF * 1000


@pytest.mark.parametrize(
    ("version", "first", "second", "captured"),
    [((2, 4), 4, 9, 4), ((2, 3), 4, 9, 4), ((2, 3), 9, 4, 4), ((2, 2), 9, 4, 4), ((543, 0), 9, 4, 4)],
)
def test_old_versions_have_the_lengths_the_other_way_round(files, tmp_path, version, first, second, captured):
    path = tmp_path / "x"
    path.write_bytes(files.pcap([], version=version) + struct.pack("<IIII", 1, 0, first, second) + b"data")
    assert [(p.data, p.wire) for p in files.read(path)] == [(b"data"[:captured], 9)]


def test_fcs_bits_and_link_type_aliases(files, tmp_path):
    path = tmp_path / "x"
    for field, link in ((0x54000001, 1), (12, 101), (14, 101), (101, 101), (0xFFFF, 0xFFFF)):
        path.write_bytes(files.pcap(files.SAMPLE, link=field))
        assert {p.link for p in files.read(path)} == {link}


@pytest.mark.parametrize(("field", "version"), [(0x00200001, (2, 4)), (1, (3, 0))])
def test_headers_that_mean_something_else_are_refused(files, tmp_path, field, version):
    path = tmp_path / "x"
    path.write_bytes(files.pcap(files.SAMPLE, link=field, version=version))
    with pytest.raises(CaptureError, match=r"reserved bits|version 3\.0"):
        Capture([path])


def test_an_impossible_length_is_damage_where_it_is(files, tmp_path):
    path = tmp_path / "x"
    good = files.pcap(files.SAMPLE[:2])
    path.write_bytes(good + struct.pack("<IIII", 1, 0, 262145, 262145) + bytes(300_000))
    capture = Capture([path])
    assert len(files.drain(capture)) == 2
    (entry,) = capture.inputs
    assert (entry.status, entry.bytes, entry.truncated_tail) == ("damaged", len(good), False)
    assert entry.error is not None
    assert entry.error.startswith(f"byte {len(good)}: a record claims more than 262144 bytes.")


def test_the_largest_record_is_whole_in_any_chunk(files, tmp_path):
    path = tmp_path / "x"
    data = bytes(range(256)) * 1024
    path.write_bytes(files.pcap([(1, b"a"), (2, data), (3, b"b")]))
    for size in (1, 64, 4 << 20):
        assert [p.data for p in files.read(path, chunk_bytes=size)] == [b"a", data, b"b"]


def test_a_length_on_the_wire_beyond_31_bits_is_held(files, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(files.pcap([]) + struct.pack("<IIII", 1, 0, 0, 0xFFFFFFFF))
    assert files.read(path)[0].wire == 0x7FFFFFFF

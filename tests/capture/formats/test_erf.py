"""ERF: recognised without a magic number, its record types, and lengths that cannot be."""

import random

import pytest

from netdiag.capture.capture import Capture
from netdiag.capture.formats.erf import plausible
from netdiag.errors import CaptureError


@pytest.mark.parametrize(("kind", "link"), [(2, 1), (1, 50), (22, 228), (23, 229)])
@pytest.mark.parametrize("extensions", [0, 1, 3])
def test_records_give_their_packet(files, tmp_path, kind, link, extensions):
    path = tmp_path / "x"
    path.write_bytes(files.erf(files.SAMPLE, kind, loss=2, extensions=extensions, which=3))
    capture = Capture([path])
    found = files.drain(capture)
    assert [(p.ts_ns, p.data, p.wire, p.link) for p in found] == [(ts, data, len(data) + 7, link) for ts, data in files.SAMPLE]
    (entry,) = capture.inputs
    assert (entry.format, entry.drops, entry.interfaces) == ("erf", 2 * len(files.SAMPLE), 1)


def test_records_of_other_types_are_given_whole(files, tmp_path):
    path = tmp_path / "x"
    data = files.erf([(files.NS, b"abcd")], kind=21)
    path.write_bytes(data)
    (packet,) = files.read(path)
    assert (packet.data, packet.link, packet.wire) == (data, 197, len(data))


def test_padding_is_no_packet(files, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(files.erf(files.SAMPLE[:1]) + files.erf([(0, bytes(8))], kind=48) + files.erf(files.SAMPLE[1:]))
    assert [p.ref for p in files.read(path)] == list(range(1, 1 + len(files.SAMPLE)))


@pytest.mark.parametrize("at", [9, 10])
def test_a_record_shorter_than_its_header_is_damage(files, tmp_path, at):
    path = tmp_path / "x"
    good = files.erf([(n, bytes(600)) for n in range(5)])
    bad = bytearray(files.erf([(9, b"")]))
    if at == 9:
        bad[8] |= 0x80  # an extension header that is not there
        bad[10:12] = b"\0\x10"
    else:
        bad[10:12] = b"\0\x0f"
    path.write_bytes(good + bad + bytes(100))
    capture = Capture([path])
    assert len(files.drain(capture)) == 5
    assert capture.inputs[0].error is not None
    assert capture.inputs[0].error.startswith(f"byte {len(good)}: a record is shorter than its header")


def test_other_data_is_not_taken_for_erf(tmp_path):
    dice = random.Random(1)
    assert not any(plausible(dice.randbytes(2048)) for _ in range(3000))
    assert not plausible(bytes(2048))
    assert not plausible(b"")
    assert not plausible(b"Nov 22 20:34:01 host kernel: something happened\n" * 40)
    path = tmp_path / "x"
    path.write_bytes(bytes(5000))
    with pytest.raises(CaptureError, match="no capture"):
        Capture([path])


def test_records_a_week_apart_are_no_chain(files):
    assert plausible(files.erf([(0, b"aaaa"), (files.NS, b"b")]))
    assert not plausible(files.erf([(0, b"aaaa"), (files.NS * 700_000, b"b")]))

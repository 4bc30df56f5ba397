"""snoop: fields, padding, link types, and lengths that cannot be."""

import struct

import pytest

from netdiag.capture.capture import Capture
from netdiag.errors import CaptureError


def test_records(files, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(files.snoop(files.SAMPLE))
    capture = Capture([path])
    found = files.drain(capture)
    assert [(p.ts_ns, p.data, p.wire, p.link) for p in found] == [(ts, data, len(data) + 7, 1) for ts, data in files.SAMPLE]
    (entry,) = capture.inputs
    assert (entry.format, entry.drops, entry.link_types) == ("snoop", len(files.SAMPLE) - 1, ("ETHERNET",))


@pytest.mark.parametrize(("datalink", "name"), [(0, "ETHERNET"), (8, "FDDI"), (26, "IPNET"), (99, "-1")])
def test_link_types(files, tmp_path, datalink, name):
    path = tmp_path / "x"
    path.write_bytes(files.snoop(files.SAMPLE, datalink))
    assert Capture([path]).inputs[0].link_types == (name,)


@pytest.mark.parametrize(("captured", "size"), [(5, 28), (4, 27), (4, 0), (262145, 262200), (4, 0xFFFFFFFF)])
def test_lengths_that_contradict_each_other_are_damage(files, tmp_path, captured, size):
    path = tmp_path / "x"
    good = files.snoop(files.SAMPLE[:1])
    path.write_bytes(good + struct.pack(">IIIIII", captured, captured, size, 0, 0, 0) + bytes(300_000))
    capture = Capture([path])
    assert len(files.drain(capture)) == 1
    assert capture.inputs[0].error is not None
    assert capture.inputs[0].error.startswith(f"byte {len(good)}: a record's lengths contradict")


def test_other_versions_are_refused(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"snoop\0\0\0" + struct.pack(">II", 3, 4) + bytes(40))
    with pytest.raises(CaptureError, match="snoop version 3"):
        Capture([path])

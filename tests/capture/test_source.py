"""What is learned of an input before it is read."""

import pytest

from netdiag.capture import source as module
from netdiag.capture.source import Source
from netdiag.errors import CaptureError


def test_a_capture(files, tmp_path):
    path = tmp_path / "x"
    data = files.pcap([(5, b"a"), (3, b"b")])
    path.write_bytes(data)
    source = Source(str(path), True, 64, None)
    assert (source.size, source.first_key, source.readable, source.entry.format) == (len(data), 5, True, "pcap-ns")
    assert source.entry.link_types == ("ETHERNET",)


def test_order_is_first_time_then_name_then_the_empty_then_the_unreadable(files, tmp_path):
    contents = {"d": files.pcap([(1, b"")]), "c": files.pcap([(2, b"")]), "e": files.pcap([(1, b"")]), "b": files.pcap([]), "a": b"text"}
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    sources = sorted((Source(str(tmp_path / name), False, 64, None) for name in contents), key=Source.order)
    assert [source.entry.path[-1] for source in sources] == list("decba")


@pytest.mark.parametrize("named", [True, False])
def test_a_file_that_may_not_be_read(monkeypatch, named):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(module, "size_of", refuse)
    if named:
        with pytest.raises(CaptureError, match=r"secret: byte 0: permission denied\. Make it readable"):
            Source("secret", True, 64, None)
    else:
        source = Source("secret", False, 64, None)
        assert not source.readable
        assert source.entry.status == "not-a-capture"
        assert source.entry.error == "permission denied. Make it readable for this user, or run with more rights"


def test_a_damaged_stranger_keeps_its_status(files, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(files.pcap([], version=(9, 9)))
    source = Source(str(path), False, 64, None)
    assert (source.readable, source.entry.status) == (False, "damaged")
    assert source.entry.error == "byte 0: pcap version 9.9 is not supported. Convert it with the tool that wrote it"

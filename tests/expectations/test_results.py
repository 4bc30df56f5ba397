import pytest

from netdiag.errors import CaptureError, ConfigError
from netdiag.expectations.results import result


def test_a_golden_and_its_capture_are_the_same_result(captures):
    folder = captures / "tls13_ok"
    saved, read = result(str(folder / "report.json")), result(str(folder / "capture.pcap"))
    assert saved["sources"] == read["sources"]


def test_json_that_is_no_result_says_what_it_is(tmp_path):
    (tmp_path / "x.json").write_text('{"schema": "netdiag.check/1"}')
    with pytest.raises(ConfigError, match=r"x\.json: is no saved result: its schema is 'netdiag\.check/1'"):
        result(str(tmp_path / "x.json"))


@pytest.mark.parametrize("content", [b"{not json", b"plain", b"\x00\x01", b'{"a":' * 100_000])
def test_what_is_neither_is_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises((ConfigError, CaptureError)):
        result(str(tmp_path / "x"))


def test_a_missing_file_is_a_capture_error(tmp_path):
    with pytest.raises(CaptureError):
        result(str(tmp_path / "none.pcap"))

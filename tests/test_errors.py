"""Errors name the place and the remedy."""

import pickle

from netdiag.errors import CaptureError, ConfigError, NetdiagError


def test_capture_error_tells_all():
    error = CaptureError("a.pcap", 24, "a record of 4 GB", "Cut the file with editcap.")
    assert str(error) == "a.pcap: byte 24: a record of 4 GB. Cut the file with editcap."
    assert (error.path, error.offset) == ("a.pcap", 24)


def test_errors_pass_between_processes():
    for error in (CaptureError("a.pcap", 24, "a record of 4 GB", "Cut it"), ConfigError("netdiag.toml: no such key. Correct it")):
        other = pickle.loads(pickle.dumps(error))
        assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))


def test_at_most_three_children():
    assert {kind.__name__ for kind in NetdiagError.__subclasses__()} == {"CaptureError", "ConfigError"}
    assert issubclass(ConfigError, NetdiagError)

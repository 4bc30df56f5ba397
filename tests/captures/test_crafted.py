"""What was crafted can be crafted again: the program beside a capture makes exactly its packets."""

import importlib.util
from pathlib import Path

import pytest
from scapy.all import rdpcap

MAKERS = sorted((Path(__file__).resolve().parents[2] / "captures").glob("*/make.py"))


@pytest.mark.parametrize("path", MAKERS, ids=lambda path: path.parent.name)
def test_the_program_makes_the_packets_of_the_capture(path):
    spec = importlib.util.spec_from_file_location(f"make_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (capture,) = path.parent.glob("capture.*")
    kept = rdpcap(str(capture))
    made = module.craft()
    assert [bytes(packet) for packet in kept] == [bytes(packet) for packet in made]
    assert all(abs(float(one.time) - float(other.time)) < 1e-5 for one, other in zip(kept, made, strict=True))
    assert "Crafted" in (path.parent / "expect.toml").read_text()


def test_there_is_something_crafted():
    assert MAKERS

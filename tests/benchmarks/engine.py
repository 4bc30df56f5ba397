"""Reads, decodes and tracks a capture and judges nothing: `python engine.py FILE` prints the seconds, start-up not counted."""

import sys
import time

from netdiag.ahead import ahead
from netdiag.capture.capture import Capture
from netdiag.capture.record import TURNS
from netdiag.connections.silences import Silences
from netdiag.connections.tracker import Tracker, prepare
from netdiag.facts import CHUNK_BYTES, ReadOptions, _batches
from netdiag.packets.decode import Decoder


def seconds(path: str) -> float:
    """As `netdiag.facts.read_facts` does it, up to the end of the capture."""
    prepare()
    with Capture([path], chunk_bytes=CHUNK_BYTES) as capture:
        decoder, tracker = Decoder(1), Tracker(1)
        begun = time.monotonic()
        for packets, buffer, keys in ahead(_batches(capture, decoder, tracker, Silences(), ReadOptions()), TURNS):
            tracker.feed(packets, buffer, keys)
        return time.monotonic() - begun


if __name__ == "__main__":
    print(f"{seconds(sys.argv[1]):.3f}")  # noqa: T201

"""How fast the stages of the path, and the whole of it, are on this machine: `make bench`. No time is asserted."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netdiag.analyze import analyze, judge, read
from netdiag.capture.capture import Capture
from netdiag.capture.record import Chunk
from netdiag.connections.tracker import Tracker
from netdiag.packets.decode import Decoder

PACKETS = 200_000
Measure = Callable[..., None]


def traffic(path: Path, *options: str) -> Path:
    generator = Path(__file__).with_name("traffic.py")
    subprocess.run([sys.executable, generator, path, "--packets", str(PACKETS), *options], check=True)
    return path


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TLS connections, 400 bytes a packet."""
    return traffic(tmp_path_factory.mktemp("traffic") / "service.pcap")


@pytest.fixture(scope="session")
def syn_flood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worst there is to track: every packet is a new flow."""
    return traffic(tmp_path_factory.mktemp("traffic") / "flood.pcap", "--syn-flood")


@pytest.fixture(scope="session")
def chunks(service: Path) -> list[Chunk]:
    """All chunks at once, each in a buffer of its own."""
    return [Chunk(chunk.buffer.copy(), chunk.used, chunk.records.copy()) for chunk in Capture([service]).chunks()]


@pytest.fixture
def measure(benchmark: Any) -> Measure:
    """Run a stage some times after one that compiles, and note packets and megabytes per second."""

    def run(stage: Callable[..., object], path: Path, setup: Callable[[], tuple[Any, ...]] = tuple) -> None:
        benchmark.pedantic(stage, setup=lambda: (setup(), {}), rounds=5, warmup_rounds=1)
        fastest = benchmark.stats.stats.min
        benchmark.extra_info.update(
            packets_per_s=round(PACKETS / fastest),
            megabytes_per_s=round(path.stat().st_size / 1e6 / fastest),
        )

    return run


@pytest.mark.benchmark(group="stages")
def test_read(measure: Measure, service: Path) -> None:
    measure(lambda: [chunk.records.size for chunk in Capture([service]).chunks()], service)


@pytest.mark.benchmark(group="stages")
def test_decode(measure: Measure, service: Path, chunks: list[Chunk]) -> None:
    measure(lambda decoder: [rows.size for chunk in chunks for rows in decoder.rows(chunk)], service, lambda: (Decoder(1),))


@pytest.mark.benchmark(group="stages")
def test_track(measure: Measure, service: Path, chunks: list[Chunk]) -> None:
    decoder = Decoder(1)
    batches = [(rows.copy(), chunk.buffer) for chunk in chunks for rows in decoder.rows(chunk)]
    measure(lambda tracker: [tracker.feed(*batch) for batch in batches], service, lambda: (Tracker(1),))


@pytest.mark.benchmark(group="stages")
def test_detect(measure: Measure, service: Path) -> None:
    facts = read(service)
    measure(lambda: judge(facts), service)


@pytest.mark.benchmark(group="path")
@pytest.mark.parametrize("kind", ["service", "syn_flood"])
def test_analyze(measure: Measure, request: pytest.FixtureRequest, kind: str) -> None:
    path = request.getfixturevalue(kind)
    measure(lambda: analyze(path), path)

"""How fast the path is on this machine: `make bench`. Kernels are compiled before the clock starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from netdiag.analyze import judge, read

PACKETS = 500_000


@pytest.fixture(scope="module")
def traffic(tmp_path_factory):
    path = tmp_path_factory.mktemp("traffic") / "traffic.pcap"
    subprocess.run([sys.executable, Path(__file__).with_name("traffic.py"), path, "--packets", str(PACKETS)], check=True)
    return path


def test_read(benchmark, traffic):
    result = benchmark.pedantic(read, args=(traffic,), rounds=5, warmup_rounds=1)
    benchmark.extra_info["packets/s"] = round(PACKETS / benchmark.stats["min"])
    assert result.inputs[0].packets == PACKETS


def test_judge(benchmark, traffic):
    facts = read(traffic)
    result = benchmark.pedantic(judge, args=(facts,), rounds=5, warmup_rounds=1)
    assert len(result.connections) == len(facts.tables.connections)

"""Measures netdiag and other tools in the same run on the same captures, in pairs: `python peers.py --out docs/benchmarks.md`.

Machines are shared and change their pace, so a time alone says little. Each round runs netdiag and one peer right after each
other, and what counts is the median of their ratios. Captures are generated (`traffic.py`), deterministic, and read once before
anything is timed. Peers that would take minutes on the large capture get a part of it, against netdiag on that same part, which makes
them look better: netdiag's start-up weighs more.
Peers from Debian: wireshark-common, tshark, tcpdump, argus-server, tcptrace. From PyPI: the extra `bench`. What is not installed is
listed as such.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from isal import igzip

import netdiag

GENERATOR, ENGINE = Path(__file__).with_name("traffic.py"), Path(__file__).with_name("engine.py")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As users have it: Python keeps what it compiled."""
NETDIAG = (sys.executable, "-m", "netdiag", "analyze", "--quiet")
ONE_CORE = ("taskset", "-c", str(min(os.sched_getaffinity(0)))) if shutil.which("taskset") else ()
FIELDS = (
    "frame.number",
    "ip.src",
    "tcp.srcport",
    "tcp.analysis.reused_ports",
    "tls.handshake.type",
    "tls.handshake.extensions_server_name",
)


class Peer(NamedTuple):
    """Another tool: what it does, and how it is called; `{}` is the capture."""

    name: str
    does: str
    command: tuple[str, ...]
    part: int = 1
    """It gets one in so many of the packets."""
    module: str = ""
    """The Python package it needs, empty for a program."""
    suffix: str = ""
    """`.gz` for one that reads the compressed capture."""

    def missing(self) -> bool:
        """Whether it cannot be run here."""
        return importlib.util.find_spec(self.module) is None if self.module else shutil.which(self.command[0]) is None


def python(module: str, does: str, part: int, loop: str, suffix: str = "") -> Peer:
    """A Python package that is asked for all it finds."""
    return Peer(module, does, (sys.executable, "-c", loop, "{}"), part=part, module=module, suffix=suffix)


PEERS = (
    Peer("cat", "reads", ("cat", "{}")),
    Peer("capinfos -c", "counts packets", ("capinfos", "-c", "{}")),
    Peer("tcpdump -w", "copies packets", ("tcpdump", "-r", "{}", "-w", "/dev/null")),
    Peer("argus", "makes flow records", ("argus", "-r", "{}", "-w", "-")),
    Peer("tcptrace", "follows TCP connections", ("tcptrace", "-n", "{}")),
    Peer("tshark -z conv,tcp", "counts per connection", ("tshark", "-r", "{}", "-q", "-z", "conv,tcp"), part=4),
    Peer(
        "tshark -T fields", "dissects reuse and TLS",
        ("tshark", "-r", "{}", "-T", "fields", *(word for field in FIELDS for word in ("-e", field))),
    ),
    python(
        "nfstream", "makes flow records, without dissection", 1,
        "import sys, nfstream\nfor _ in nfstream.NFStreamer(sys.argv[1], n_dissections=0): pass",
    ),
    python(
        "dpkt", "decodes Ethernet, IP and TCP", 4,
        "import sys, dpkt\nfor _, data in dpkt.pcap.Reader(open(sys.argv[1], 'rb')): dpkt.ethernet.Ethernet(data)",
    ),
    python(
        "scapy", "decodes every layer it knows", 80,
        "import sys\nfrom scapy.all import PcapReader\nfor _ in PcapReader(sys.argv[1]): pass",
    ),
    python(
        "isal", "decompresses gzip, against the whole analysis", 1,
        "import sys\nfrom isal import igzip_threaded\nwith igzip_threaded.open(sys.argv[1], threads=1) as f:\n while f.read(1 << 20): pass",
        suffix=".gz",
    ),
    Peer("netdiag on one core", "the same", (*(ONE_CORE or ("taskset",)), *NETDIAG, "{}")),
)  # fmt: skip


class Run(NamedTuple):
    """One run of a command."""

    seconds: float
    megabytes: float
    """Most memory it held."""


def run(command: Sequence[str], capture: Path, pipe: IO[bytes] | None = None) -> Run:
    """Run a command on a capture with its output thrown away; CalledProcessError when it fails."""
    words = [str(capture) if word == "{}" else word for word in command]
    begun = time.monotonic()
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=pipe or subprocess.DEVNULL, env=ENVIRONMENT
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return Run(time.monotonic() - begun, usage.ru_maxrss / 1024)


def pairs(ours: Sequence[str], theirs: Sequence[str], capture: Path, rounds: int) -> tuple[list[Run], list[Run]]:
    """Both commands `rounds` times, in turn."""
    runs = [(run(ours, capture), run(theirs, capture)) for _ in range(rounds)]
    return [first for first, _ in runs], [second for _, second in runs]


def row(peer: Peer, capture: Path, packets: int, rounds: int) -> str:
    """A line of the table."""
    if peer.missing():
        return f"| {peer.name} | {peer.does} | {packets:,} | not installed here | | | |"
    ours, theirs = pairs((*NETDIAG, "{}"), peer.command, capture, rounds)
    return compared(peer.name, peer.does, packets, [our.seconds for our in ours], theirs)


def engine(capture: Path, *words: str) -> Run:
    """Reading, decoding and tracking alone."""
    told = subprocess.run([*words, sys.executable, ENGINE, capture], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return Run(float(told.stdout), 0.0)


def engine_rows(capture: Path, packets: int, rounds: int) -> Iterator[str]:
    """Lines about reading, decoding and tracking alone: against what only counts, and against itself on one core."""
    counts = next(peer for peer in PEERS if peer.name == "capinfos -c")
    names = f"{counts.name}, against reading, decoding and tracking alone", "these alone, on one core"
    rivals = (
        (None if counts.missing() else lambda: run(counts.command, capture)),
        (lambda: engine(capture, *ONE_CORE)) if ONE_CORE else None,
    )
    for name, does, rival in zip(names, (counts.does, "the same"), rivals, strict=True):
        if rival is None:
            yield f"| {name} | {does} | {packets:,} | not installed here | | | |"
            continue
        made = [(engine(capture).seconds, rival()) for _ in range(rounds)]
        yield compared(name, does, packets, [ours for ours, _ in made], [theirs for _, theirs in made])


def compared(name: str, does: str, packets: int, ours: Sequence[float], theirs: Sequence[Run]) -> str:
    """A line of the first table."""
    ratios = [their.seconds / our for our, their in zip(ours, theirs, strict=True)]
    took, memory = statistics.median(each.seconds for each in theirs), statistics.median(each.megabytes for each in theirs)
    shown = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return f"| {name} | {does} | {packets:,} | {took:.2f} s | {memory:,.0f} MB | {statistics.median(ours):.2f} s | {shown} |"


def alone(name: str, capture: Path, packets: int, rounds: int) -> str:
    """A line about netdiag itself."""
    return told(name, packets, [run((*NETDIAG, "{}"), capture) for _ in range(rounds)])


def streamed(what: str, packets: int, *options: str) -> str:
    """A line about a capture that comes through a pipe as fast as it is made."""
    with subprocess.Popen([sys.executable, GENERATOR, "-", "--packets", str(packets), *options], stdout=subprocess.PIPE) as source:
        made = run((*NETDIAG, "-"), Path("-"), source.stdout)
    return told(f"{what} through a pipe, once, as fast as it is made", packets, [made])


def told(name: str, packets: int, runs: Sequence[Run]) -> str:
    """A line of the second table."""
    took = statistics.median(each.seconds for each in runs)
    memory = max(each.megabytes for each in runs)
    return f"| {name} | {packets:,} | {took:.2f} s | {packets / took / 1e6:.2f} M/s | {memory:,.0f} MB |"


def machine() -> str:
    """What this ran on."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), platform.machine())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, netdiag {netdiag.__version__}"
    return f"{model}, {cores} cores, {platform.system()} {platform.release()}; {versions}."


def make(folder: Path, packets: int, flood_packets: int) -> tuple[dict[tuple[int, str], Path], Path]:
    """Generated captures by number of packets and suffix, and the flood; read once, so that kernels are compiled and files in memory."""
    flood, captures = folder / "flood.pcap", {}
    subprocess.run([sys.executable, GENERATOR, flood, "--packets", str(flood_packets), "--syn-flood"], check=True)
    for size, suffix in sorted({(packets // peer.part, peer.suffix) for peer in PEERS}):
        captures[size, suffix] = folder / f"{size}.pcap{suffix}"
        if suffix:
            with captures[size, ""].open("rb") as plain, igzip.open(captures[size, suffix], "wb") as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
        else:
            subprocess.run([sys.executable, GENERATOR, captures[size, suffix], "--packets", str(size)], check=True)
    for path in (*captures.values(), flood):
        run((*NETDIAG, "{}"), path)
    return captures, flood


def report(folder: Path, packets: int, flood_packets: int, stream_packets: int, rounds: int) -> list[str]:
    """The page, line by line."""
    captures, flood = make(folder, packets, flood_packets)
    whole = captures[packets, ""]
    return [
        "# Benchmarks", "", "Made by `tests/benchmarks/peers.py`; do not edit by hand.", "", machine(), "",
        f"Whole processes, start-up included, output thrown away, medians of {rounds} rounds. The captures are generated TLS "
        "traffic of many clients, 400 bytes a packet.", "",
        "## Against other tools", "",
        "Ratio: the peer's time divided by netdiag's in the same round, median (least to most). Above 1 the peer is slower.", "",
        "| peer | what it does | packets | time | memory | netdiag | ratio |", "|---|---|---|---|---|---|---|",
        *(row(peer, captures[packets // peer.part, peer.suffix], packets // peer.part, rounds) for peer in PEERS),
        *engine_rows(whole, packets, rounds),
        "", "## netdiag alone", "", "| run | packets | time | packets/s | most memory |", "|---|---|---|---|---|",
        alone("TLS traffic", whole, packets, rounds),
        alone("SYN flood, every packet a new flow", flood, flood_packets, rounds),
        streamed("TLS traffic", packets),
        streamed("TLS traffic", stream_packets),
        streamed(f"{flood_packets:,} connections, each answered and reset,", 4 * flood_packets, "--brief"),
    ]  # fmt: skip


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=4_000_000)
    parser.add_argument("--flood-packets", type=int, default=10_000_000)
    parser.add_argument("--stream-packets", type=int, default=48_000_000, help="of the capture that comes through a pipe")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="netdiag-bench-") as folder:
        lines = report(Path(folder), options.packets, options.flood_packets, options.stream_packets, options.rounds)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("\n".join(line for line in lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

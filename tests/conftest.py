"""Holds what every test may use: where captures lie, and kernels that are as new as their source."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
COMPILED_ROOMS = ("capture", "packets", "connections", "kernel.py")


def pytest_sessionstart() -> None:
    """Delete numba's disk caches when a kernel changed after the oldest of them was written.

    numba compares a cached kernel with its own source file only: a kernel or a constant from another file that was
    compiled into it may have changed unnoticed.
    """
    rooms = [ROOT / "netdiag" / room for room in COMPILED_ROOMS]
    sources = [path for room in rooms for path in ([room] if room.is_file() else room.rglob("*.py"))]
    elsewhere = os.environ.get("NUMBA_CACHE_DIR")
    homes = [ROOT / "netdiag", *([Path(elsewhere)] if elsewhere else [])]
    indexes = [path for home in homes for path in home.rglob("*.nbi")]
    if indexes and max(p.stat().st_mtime for p in sources) > min(p.stat().st_mtime for p in indexes):
        for home in homes:
            for path in [*home.rglob("*.nbi"), *home.rglob("*.nbc")]:
                path.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def captures() -> Path:
    """Folder of the bundled captures: one folder each, with `capture.pcap`."""
    return ROOT / "captures"


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.fail(f"this test reads ../shared/{name}, which must lie beside the project: {folder} does not exist", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def behaviours() -> Path:
    """Folder of the captures of real Linux behaviour in ../shared."""
    return _shared("captures/behaviours")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of the open captures of other tools in ../shared."""
    return _shared("corpus/open")

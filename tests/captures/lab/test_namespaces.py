"""Namespaces and folders whose maker is gone are found; those whose maker lives are left alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from captures.lab import namespaces


def gone() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_only_what_has_no_maker_is_stale(tmp_path, monkeypatch):
    monkeypatch.setattr(namespaces, "HOME", tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, mine = f"ndlab-{gone()}-nat", f"ndlab-{os.getpid()}-nat"
    for name in (dead, mine, "ndlab-of-another", "other"):
        (tmp_path / name).mkdir()
    assert namespaces.stale() == [dead]
    assert [path.name for path in namespaces.stale_folders()] == [dead]
    assert namespaces.mine() == [mine]


def test_tidying_up_is_not_interrupted():
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    with namespaces.undisturbed():
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), one)
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_tethered_process_ends_with_whoever_started_it(tmp_path):
    starter = f"import subprocess, sys; print(subprocess.Popen({[*namespaces.TETHER, 'sleep', '60']!r}).pid, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        while b"sleep" not in _command(child).split(b"\0")[:1]:
            time.sleep(0.01)
        parent.kill()
    for _ in range(200):
        if not _command(child):
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("it outlived its parent")


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""

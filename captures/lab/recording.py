"""Records packets with tcpdump, and knows whether any were missed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from captures.lab.namespaces import TETHER, LabError, Namespace

SNAPLEN = 262144


@dataclass(slots=True)
class Recording:
    """One tcpdump."""

    path: Path
    process: asyncio.subprocess.Process
    missed: int = -1

    async def stop(self) -> None:
        """End it, and hear how much it missed."""
        if self.process.returncode is None:
            await asyncio.sleep(0.3)
            self.kill(signal.SIGINT)
        _, said = await asyncio.wait_for(self.process.communicate(), 10)
        dropped = re.search(rb"(\d+) packets? dropped by kernel", said)
        self.missed = int(dropped[1]) if dropped else -1

    def kill(self, how: int = signal.SIGKILL) -> None:
        """Also after a failure."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(how)


async def record(room: Namespace, interface: str, path: Path, snaplen: int = SNAPLEN, what: str = "tcp or icmp or icmp6") -> Recording:
    """Start tcpdump and wait until it listens."""
    command: Sequence[str] = [
        *TETHER,
        "ip",
        "netns",
        "exec",
        room.name,
        "tcpdump",
        "-Z",
        "root",
        "-U",
        "--immediate-mode",
        "-n",
        "-B",
        "8192",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, "-s", str(snaplen), "-i", interface, "-w", str(path), what, stderr=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert process.stderr
    said = b""
    while b"listening on" not in said:
        line = await asyncio.wait_for(process.stderr.readline(), 10)
        if not line:
            raise LabError(f"tcpdump did not start: {said.decode(errors='replace').strip()}")
        said += line
    return Recording(path, process)

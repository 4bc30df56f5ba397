"""Makes network namespaces, wires them, and takes them away again.

Everything is registered with one `ExitStack` before it is used, so that it is taken away after a failure too. Namespaces are called
`ndlab-<process id>-<room>`: `stale` finds those whose maker is gone.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

PREFIX = "ndlab"
TETHER = ("setpriv", "--pdeathsig", "TERM")
"""Before a command: it ends when whoever started it does, however that happens."""
HOME = Path("/run/netns")
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCETHTOOL = 0x8946
OFFLOADS = {"rx checksum": 0x15, "tx checksum": 0x17, "tso": 0x1F, "gso": 0x24, "gro": 0x2C}
"""ETHTOOL_S* commands (linux/ethtool.h): with offload, captures show segments and checksums that no wire ever carries."""

_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """Says what the lab could not do, and what would help."""


def execute(command: Sequence[str], text: str | None = None) -> str:
    """Run a program to its end; its output, or what it complained about."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except FileNotFoundError:
        raise LabError(f"{command[0]} is missing: run `python captures/lab setup`") from None
    if done.returncode:
        raise LabError(f"`{' '.join(command)}` failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Namespace:
    """One room of the topology: a network namespace with its own interfaces, routes and rules."""

    def __init__(self, room: str, stack: ExitStack) -> None:
        self.name = f"{PREFIX}-{os.getpid()}-{room}"
        execute(["ip", "netns", "add", self.name])
        stack.callback(execute, ["ip", "netns", "del", self.name])
        self._handle = os.open(HOME / self.name, os.O_RDONLY)
        stack.callback(os.close, self._handle)
        self._stack = stack
        self.ip("link set lo up")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets and files opened inside belong to this namespace for their whole life."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            _enter(self._handle)
            yield
        finally:
            _enter(home)
            os.close(home)

    def ip(self, *lines: str) -> None:
        """Run lines of `ip` here."""
        execute(["ip", "-n", self.name, "-batch", "-"], "\n".join(lines))

    def nft(self, rules: str) -> None:
        """Load nftables rules here."""
        execute(["ip", "netns", "exec", self.name, "nft", "-f", "-"], rules)

    def sysctl(self, **values: object) -> None:
        """Set kernel parameters here; `__` in a name stands for a dot or slash."""
        with self.entered():
            for name, value in values.items():
                path = Path("/proc/sys") / name.replace("__", "/")
                path.write_text(f"{value}\n")

    def quiet(self, interface: str) -> None:
        """Switch off what makes captures unlike the wire: segmentation and checksum offload."""
        with self.entered(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            for command in OFFLOADS.values():
                value = ctypes.create_string_buffer(struct.pack("II", command, 0))
                request = struct.pack("16sP", interface.encode(), ctypes.addressof(value))
                fcntl.ioctl(handle, SIOCETHTOOL, request)

    def tun(self, interface: str) -> int:
        """Open a TUN device here: a file that packets are read from and written to."""
        with self.entered():
            handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        self._stack.callback(os.close, handle)
        with self.entered():
            fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH", interface.encode(), IFF_TUN | IFF_NO_PI))
        self.ip(f"link set dev {interface} up txqueuelen 5000")
        return handle

    def nodes(self) -> list[str]:
        """Interfaces that are here now."""
        with self.entered():
            return [name for _, name in socket.if_nameindex()]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Whoever presses Ctrl-C twice shall not interrupt the tidying up."""
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {one: signal.signal(one, signal.SIG_IGN) for one in ends}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def wire(one: Namespace, here: str, other: Namespace, there: str) -> None:
    """Join two namespaces by an Ethernet cable (veth)."""
    one.ip(f"link add name {here} type veth peer name {there} netns {other.name}")
    for namespace, interface in ((one, here), (other, there)):
        namespace.quiet(interface)
        namespace.ip(f"link set dev {interface} up")


def stale() -> list[str]:
    """Namespaces of labs that were killed so hard that they could not tidy up."""
    return [path.name for path in _orphans(HOME)]


def stale_folders() -> list[Path]:
    """Temporary folders of such labs: they hold a key and a certificate."""
    return _orphans(Path(tempfile.gettempdir()))


def _orphans(folder: Path) -> list[Path]:
    paths = {path: path.name.split("-")[1] for path in folder.glob(f"{PREFIX}-*-*")} if folder.is_dir() else {}
    return sorted(path for path, maker in paths.items() if maker.isdecimal() and not Path("/proc", maker).is_dir())


def mine() -> list[str]:
    """Namespaces that this process made and still has."""
    return sorted(path.name for path in HOME.glob(f"{PREFIX}-{os.getpid()}-*")) if HOME.is_dir() else []


def _enter(handle: int) -> None:
    if _libc.setns(handle, CLONE_NEWNET):
        raise LabError(f"cannot enter a network namespace: {os.strerror(ctypes.get_errno())}; the lab needs root")

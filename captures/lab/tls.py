"""Speaks TLS over a bare socket, step by step, so that the log knows how far a handshake came."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from captures.lab.namespaces import execute

NAME = "service.example"
CHUNK = 16384
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def certificate(folder: Path, names: int = 1) -> Path:
    """A self-signed certificate with its key in one file; with many names it fills several packets."""
    path = folder / f"server-{names}.pem"
    if not path.exists():
        alternative = ",".join(f"DNS:{'' if at == 0 else f'host-{at:03d}-of-a-long-list.'}{NAME}" for at in range(names))
        made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", f"/CN={NAME}"]
        key = folder / "key.pem"
        execute(["openssl", "req", "-x509", *made, "-addext", f"subjectAltName={alternative}", "-keyout", str(key), "-out", str(path)])
        path.write_text(path.read_text() + key.read_text())
    return path


def server_context(pem: Path, lowest: str = "1.2", tickets: int = 0) -> ssl.SSLContext:
    """A server's side; tickets are half a kilobyte of chance in every TLS 1.3 connection, and most captures shall be small."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.minimum_version = VERSIONS[lowest]
    context.num_tickets = tickets
    return context


def client_context(version: str, trust: Path | None, large: bool = False) -> ssl.SSLContext:
    """A client's side, for exactly one version; without the certificate to trust, it will refuse the server's.

    A large ClientHello offers many application protocols, so that it fills two segments.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = VERSIONS[version]
    if trust:
        context.load_verify_locations(trust)
    if large:
        context.set_alpn_protocols([f"protocol-{at:03d}.{NAME}" for at in range(70)])
    return context


class Channel:
    """One TLS connection over a non-blocking TCP socket."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, server: bool) -> None:
        self._sock = sock
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        name = None if server else NAME
        self._tls = context.wrap_bio(self._in, self._out, server_side=server, server_hostname=name)
        self.sent = self.received = 0

    async def handshake(self) -> str:
        """To its end; the version agreed on."""
        await self._drive(self._tls.do_handshake)
        return str(self._tls.version()).removeprefix("TLSv")

    async def listen_only(self) -> None:
        """Say hello, then take what comes and never answer."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        await self._flush()
        while await self._fill():
            pass
        raise ConnectionResetError("ended")

    async def send(self, data: bytes) -> None:
        """Encrypt and send."""
        self._tls.write(data)
        await self._flush()

    async def receive(self) -> bytes:
        """The next data; empty at the other side's end."""
        while True:
            try:
                return self._tls.read(CHUNK)
            except ssl.SSLWantReadError:
                if not await self._fill():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def goodbye(self) -> None:
        """Say that nothing more will come."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            await self._flush()

    async def _drive(self, step: Callable[[], object]) -> None:
        while True:
            try:
                step()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    raise ConnectionResetError("ended") from None
            except ssl.SSLError:
                await self._flush()  # the alert
                raise
            else:
                await self._flush()
                return

    async def _flush(self) -> None:
        data = self._out.read()
        if data:
            self.sent += len(data)
            await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def _fill(self) -> int:
        data = await asyncio.get_running_loop().sock_recv(self._sock, CHUNK)
        self.received += len(data)
        self._in.write(data) if data else self._in.write_eof()
        return len(data)

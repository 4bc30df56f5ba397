"""Runs verbs as a person does, in this process."""

from dataclasses import dataclass

import pytest

from netdiag.verbs.verb import run


@dataclass
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def netdiag(capsys, tmp_path, monkeypatch):
    """Run `netdiag` with arguments in an empty folder; returns exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: object) -> Said:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


@pytest.fixture
def collision(captures):
    """The founding incident's relative: a NAT that reuses its ports."""
    return captures / "nat500_timewait_collision" / "capture.pcap.gz"


@pytest.fixture
def healthy(captures):
    """One TLS connection with nothing wrong."""
    return captures / "tls13_ok" / "capture.pcap"

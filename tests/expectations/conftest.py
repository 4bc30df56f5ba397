"""Makes capture folders to hold against expectations."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

CALM = 'purpose = "A test."\n\n[[absent]]\ndetector = "flood-control-trip"\n'


@pytest.fixture
def folder_of(tmp_path: Path, captures: Path) -> Callable[..., Path]:
    """A folder with a copy of a bundled capture and the text of its `expect.toml`."""

    def make(text: str = CALM, capture: str = "tls13_ok", name: str = "case") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        shutil.copy(captures / capture / "capture.pcap", folder / "capture.pcap")
        (folder / "expect.toml").write_text(text)
        return folder

    return make

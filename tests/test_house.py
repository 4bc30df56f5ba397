"""Holds the whole tree to the rules of CONTRIBUTING.md that no linter knows."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for path in (ROOT / "netdiag").rglob("*.py") if path.name != "__init__.py")
WITHOUT_MIRROR = {
    "netdiag/__main__.py",  # two lines; tests/verbs/test_verb.py runs it
}
"""Source files that owe no mirrored test. This list only shrinks."""
MODULE_LINES, FUNCTION_LINES = 400, 40
BANNED = {"iterrows", "itertuples", "apply", "applymap"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def mirror(path: Path) -> Path:
    inner = path.relative_to(ROOT / "netdiag")
    return ROOT / "tests" / inner.parent / f"test_{inner.name}"


def test_every_source_file_has_its_mirrored_test():
    assert [name(path) for path in SOURCES if not mirror(path).is_file() and name(path) not in WITHOUT_MIRROR] == []


def test_no_module_is_two_ideas():
    assert {name(path): lines for path in SOURCES if (lines := len(path.read_text().splitlines())) > MODULE_LINES} == {}


def test_functions_are_short_unless_compiled():
    long = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body and (lines := node.end_lineno - body[0].lineno + 1) > FUNCTION_LINES:
                    long[f"{name(path)}:{node.name}"] = lines
    assert long == {}


def test_tables_are_judged_as_columns_not_row_by_row():
    used = [
        f"{name(path)}:{node.lineno} {node.attr}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in BANNED
    ]
    assert used == []


def test_every_module_says_what_it_does():
    assert [name(path) for path in sorted((ROOT / "netdiag").rglob("*.py")) if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_every_bundled_capture_tells_its_story_and_is_small():
    for folder in sorted(path for path in (ROOT / "captures").iterdir() if path.is_dir() and path.name not in ("lab", "__pycache__")):
        expected = tomllib.loads((folder / "expect.toml").read_text())
        assert expected["purpose"], folder
        assert expected["source"], folder
        assert expected["licence"], folder
        assert "FILL" not in str(expected), folder
        assert (folder / "report.json").is_file(), f"{folder}: netdiag check --accept makes the golden report"
        (capture,) = folder.glob("capture.*")
        assert capture.stat().st_size <= 2 << 20


def test_the_public_surface_is_what_is_promised():
    import netdiag

    promised = ["Capture", "Detector", "Finding", "Result", "Severity", "__version__", "analyze", "detectors", "explain", "open"]
    assert sorted(netdiag.__all__) == promised == dir(netdiag)
    for public in promised:
        assert getattr(netdiag, public) is not None
    with pytest.raises(AttributeError, match="nothing"):
        netdiag.nothing  # noqa: B018


def test_analyze_is_the_function_before_and_after_its_module_is_imported():
    code = "import netdiag; a = netdiag.analyze; import netdiag.analyze; assert netdiag.analyze is a and callable(a); print('ok')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "ok\n"


def test_importing_netdiag_imports_nothing_heavy():
    code = "import sys, netdiag; print([m for m in ('numpy', 'pandas', 'numba', 'scapy', 'click') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_index_of_captures_is_up_to_date():
    made = _tool("captures_index").index(ROOT / "captures")
    assert (ROOT / "captures/README.md").read_text() == made, "make index"
    assert int(re.search(r"(\d+) folders, (\d+) of them healthy", made)[1]) >= 30
    assert int(re.search(r"(\d+) folders, (\d+) of them healthy", made)[2]) >= 8


def test_a_new_capture_is_a_folder_to_be_filled_in(tmp_path):
    (tmp_path / "my.pcap.gz").write_bytes(b"x")
    tool = _tool("new_capture")
    folder = tool.make("my_case", tmp_path / "my.pcap.gz", tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["capture.pcap.gz", "expect.toml"]
    assert "FILL" in str(tomllib.loads((folder / "expect.toml").read_text()))
    with pytest.raises(SystemExit, match="exists already"):
        tool.make("my_case", tmp_path / "my.pcap.gz", tmp_path)
    with pytest.raises(SystemExit, match="name a folder and a capture"):
        tool.make("../x", tmp_path / "my.pcap.gz", tmp_path)


def _tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"tests/tools/{name}.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


def test_a_new_detector_is_three_files_that_fail_until_filled(tmp_path):
    tool = _tool("new_detector")
    made = tool.make("dns-answer-late", tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in made] == [
        "netdiag/detectors/dns_answer_late.py",
        "tests/detectors/test_dns_answer_late.py",
        "captures/dns_answer_late/expect.toml",
    ]
    assert all("FILL" in path.read_text() for path in made)
    for path in made[:2]:
        compile(path.read_text(), path, "exec")
    with pytest.raises(SystemExit, match="exists already"):
        tool.make("dns-answer-late", tmp_path)
    with pytest.raises(SystemExit, match="name the fault"):
        tool.make("../x", tmp_path)

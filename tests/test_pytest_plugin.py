import shutil
import subprocess
import sys

import pytest

from netdiag.expectations.check import readings, run

pytest_plugins = ["pytester"]
EXPECT = """purpose = "Healthy."
[[absent]]
detector = "*"
[facts]
connections = 1
"""


@pytest.fixture(scope="module")
def calm(tmp_path_factory, captures):
    """A capture folder whose expectation and golden hold; made before pytester, which forgets what is imported under it."""
    made = tmp_path_factory.mktemp("made") / "calm"
    made.mkdir()
    shutil.copy(captures / "tls13_ok" / "capture.pcap", made)
    (made / "expect.toml").write_text(EXPECT)
    run(readings([made])[0], accepting=True)
    return made


@pytest.fixture
def folder(calm, pytester):
    """A copy of it, to change."""
    return shutil.copytree(calm, pytester.path / "calm")


def pytest_of(pytester, *arguments):
    """In a process of its own: pytester would import compiled libraries a second time in this one."""
    return pytester.runpytest_subprocess("-p", "netdiag.pytest_plugin", "-p", "no:cacheprovider", *arguments)


def test_every_claim_is_a_test(pytester, folder):
    result = pytest_of(pytester, "-v", "calm")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["calm/expect.toml::absent * of any source PASSED*", "*::facts PASSED*", "*::golden PASSED*"])


def test_a_failure_reads_like_a_sentence(pytester, folder):
    (folder / "expect.toml").write_text(EXPECT.replace("connections = 1", "connections = 2"))
    result = pytest_of(pytester, "calm")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*expect.toml:4: facts", "facts.connections", "  expected 2", "  got      1"])
    assert "Traceback" not in result.stdout.str()


def test_a_wrong_file_is_an_error_with_its_line(pytester, folder):
    (folder / "expect.toml").write_text(EXPECT.replace("purpose", "porpose"))
    result = pytest_of(pytester, "calm")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*expect.toml:1: porpose: unknown key; did you mean 'purpose'?*"])


def test_an_error_that_is_no_difference_is_shown_as_one(pytester, folder):
    pytester.makeconftest("import netdiag.expectations.check as check\n\ncheck.run = lambda expectation: 1 / 0\n")
    result = pytest_of(pytester, "calm", "-k", "facts")
    result.assert_outcomes(failed=1, deselected=2)
    result.stdout.fnmatch_lines(["*ZeroDivisionError*"])


def test_nothing_heavy_is_imported_without_an_expectation(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it():\n    assert not {'numpy', 'pandas', 'numba', 'netdiag.expectations'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "netdiag.pytest_plugin", "-p", "no:cacheprovider", str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, cwd=tmp_path).returncode == 0


def test_an_expectation_of_another_program_is_left_alone(pytester):
    foreign = pytester.path / "theirs"
    foreign.mkdir()
    (foreign / "expect.toml").write_text("[[step]]\nsend = 'ls'\n")
    pytest_of(pytester, "theirs").assert_outcomes()
    (foreign / "expect.toml").write_text("purpose = 'ours, and nothing else'\n")
    pytest_of(pytester, "theirs").assert_outcomes(errors=1)


def test_other_files_are_left_alone(pytester, folder):
    (folder / "other.toml").write_text("a = 1")
    pytest_of(pytester, "calm/other.toml").assert_outcomes()

import fcntl
import importlib
import os
import pkgutil
import pty
import struct
import subprocess
import sys
import termios

import click
import pytest

from netdiag import verbs
from netdiag.verbs import verb as contract

PLAIN = "import click, gc; click.Group('plain', commands=[click.Command('verb', help='Page.')]).main(['--help'], standalone_mode=False)"
HEAVY = ("pandas", "numba", "scapy", "rich", "numpy")


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("arguments", [["--help"], ["analyze", "--help"], ["connections", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    code = f"import sys; from netdiag.verbs.verb import run; run({arguments}); print([m for m in {HEAVY} if m in sys.modules])"
    assert python(code).splitlines()[-1] == "[]"


def imported(code: str) -> set[str]:
    return set(python(f"{code}; import sys; print(*sys.modules)").splitlines()[-1].split())


def test_help_imports_what_click_does_and_no_verb():
    ours = imported("from netdiag.verbs.verb import run; run(['--help'])") - imported(PLAIN)
    assert ours == {"netdiag", "netdiag.errors", "netdiag.verbs", "netdiag.verbs.verb"}


def test_the_help_of_a_verb_imports_that_verb_only():
    ours = imported("from netdiag.verbs.verb import run; run(['analyze', '--help'])") - imported(PLAIN)
    room = {f"netdiag.verbs.{name}" for name in ("analyze", "options", "run", "step_summary", "terminal", "verb")}
    assert ours == {"netdiag", "netdiag.errors", "netdiag.verbs"} | room


def test_the_list_of_verbs_is_what_click_makes_of_their_modules():
    modules = [importlib.import_module(f"netdiag.verbs.{found.name}") for found in pkgutil.iter_modules(verbs.__path__)]
    whole = click.Group(commands={module.VERB.name: module.VERB for module in modules if hasattr(module, "VERB")})
    listed = []
    for group in (contract.netdiag, whole):
        formatter = click.HelpFormatter(width=200)
        group.format_commands(click.Context(group), formatter)
        listed.append(formatter.getvalue())
    assert listed[0] == listed[1]


def unsized(**more: str) -> dict[str, str]:
    """An environment that does not say how wide the terminal is, but for what is given."""
    return {name: value for name, value in os.environ.items() if name != "COLUMNS"} | more


@pytest.mark.parametrize("argument", ["--help", "-h"])
def test_the_help_that_is_kept_is_what_click_says(argument):
    """Where this fails: make help-text."""
    ask = [sys.executable, "-m", "netdiag", argument]
    widths = (unsized(), unsized(COLUMNS="80"), unsized(COLUMNS="60"))
    kept, said, narrow = (subprocess.run(ask, env=each, capture_output=True, text=True, check=True).stdout for each in widths)
    assert kept == said
    assert max(map(len, narrow.splitlines())) <= 60


def test_the_help_that_is_kept_needs_no_click():
    code = "import sys, os, netdiag.verbs as v; sys.argv[1:] = ['-h']; os._exit = lambda _: print('click' in sys.modules); v.main()"
    said = subprocess.run([sys.executable, "-c", code], env=unsized(), capture_output=True, text=True, check=True).stdout
    assert said.startswith("Usage: netdiag")
    assert said.splitlines()[-1] == "False"


@pytest.mark.parametrize(("columns", "kept"), [(120, True), (80, True), (79, False)])
def test_on_a_terminal_the_help_fits(columns, kept):
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    ask = [sys.executable, "-X", "importtime", "-m", "netdiag", "--help"]
    imports = subprocess.run(ask, env=unsized(), stdout=there, stderr=subprocess.PIPE, text=True, check=True).stderr
    os.close(there)
    said = os.read(here, 1 << 16).decode()
    os.close(here)
    assert said.startswith("Usage: netdiag")
    assert max(map(len, said.splitlines())) <= columns
    assert (" click\n" in imports) is not kept


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk to write to")  # noqa: PTH110
def test_help_that_cannot_be_written_is_no_success():
    ask = [sys.executable, "-m", "netdiag", "--help"]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        assert subprocess.run(ask, env=unsized(), stdout=full, stderr=subprocess.PIPE).returncode > 0


def test_a_run_hands_the_interpreter_on_sooner():
    code = "import os, sys; from netdiag.verbs import main; os._exit = lambda code: print(sys.getswitchinterval()); main()"
    assert float(python(code).splitlines()[-1]) == pytest.approx(verbs.SWITCH_S)


def test_explain_imports_no_table_library():
    code = "import sys; from netdiag.verbs.verb import run; run(['explain', 'ND101']); print([m for m in HEAVY if m in sys.modules])"
    assert python(code.replace("HEAVY", "('pandas', 'scapy')")).splitlines()[-1] == "[]"


@pytest.mark.parametrize("verb", ["analyze", "sources", "info", "check", "diff"])
def test_captures_are_judged_without_pandas(captures, verb):
    folder = captures / "lab_flood_prefix"
    (capture,) = folder.glob("capture.*")
    words = [verb, *{"check": [folder], "diff": [capture, folder / "report.json"]}.get(verb, [capture])]
    code = f"import sys; from netdiag.verbs.verb import run; run({[*map(str, words)]}); print([m for m in HEAVY if m in sys.modules])"
    assert python(code.replace("HEAVY", "('pandas', 'scapy', 'numpy.ma')")).splitlines()[-1] == "[]"


def test_decompression_begins_before_numpy_is_imported(captures):
    capture = captures / "lab_flood_prefix" / "capture.pcap.gz"
    code = f"""
import sys
from netdiag.capture.stream import Stream
from netdiag.verbs.verb import run
begin = Stream.begin
def noted(self, *given):
    print("begun", "numpy" in sys.modules)
    return begin(self, *given)
Stream.begin = noted
run(["analyze", {str(capture)!r}])
"""
    assert python(code).splitlines()[0] == "begun False"


def test_presence_is_registration_and_every_verb_is_in_the_help(netdiag):
    said = netdiag("--help")
    assert said.code == 0
    for verb in ("analyze", "config", "connections", "explain", "info", "sources"):
        assert f"\n  {verb} " in said.out
    assert "\n  options " not in said.out


def test_an_unknown_verb_suggests_the_nearest(netdiag):
    said = netdiag("anlyze")
    assert said.code == 2
    assert "did you mean 'analyze'? Valid: analyze, check, config, connections, diff, explain, info, sources" in said.err


@pytest.mark.parametrize("name", ["verb", "options", "../verbs/analyze", "analyze.py", "run"])
def test_only_verbs_are_verbs(name, netdiag):
    assert netdiag(name).code == 2


def test_an_internal_error_is_70_with_a_hint(netdiag, monkeypatch, healthy):
    def broken(*_arguments, **_options):
        raise RuntimeError("no\x1b[31m good")

    monkeypatch.setattr(importlib.import_module("netdiag.analyze"), "read", broken)
    said = netdiag("info", healthy)
    assert said.code == 70
    assert "internal error: RuntimeError: no\\x1b[31m good. This is a fault of netdiag" in said.err
    assert "\x1b" not in said.err


def test_interrupted_is_130(netdiag, monkeypatch, healthy):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("netdiag.analyze"), "read", interrupted)
    assert netdiag("info", healthy).code == 130


def test_a_broken_pipe_is_silent(collision):
    with subprocess.Popen(
        [sys.executable, "-m", "netdiag", "connections", collision], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 141


def test_a_terminal_without_unicode_still_gets_the_answer(healthy):
    ran = subprocess.run(
        [sys.executable, "-m", "netdiag", "info", healthy], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=True
    )
    ran.stdout.decode("ascii")

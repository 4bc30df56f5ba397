"""Runs the lab from the command line: `python captures/lab run NAME`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs from a checkout that is not installed

from captures.lab import namespaces, scenario
from captures.lab.truth import structure
from captures.lab.vary import vary

PATIENCE_S = 180
INTERRUPTED = 130
"""Exit code after Ctrl-C or a polite kill, as shells have it."""


@click.group()
def main() -> None:
    """Recreate incidents, and know the truth about them."""


@main.command("list")
def list_scenarios() -> None:
    """Name every scenario."""
    for name in scenario.names():
        click.echo(f"{name:32} {scenario.load(name).line}")


@main.command()
def setup() -> None:
    """Install the Debian packages that the lab needs."""
    install = ["apt-get", "install", "-y", "--no-install-recommends", *sorted(set(scenario.TOOLS.values()))]
    subprocess.run(["apt-get", "update"], check=False)  # noqa: S607  a new machine knows no packages; an old list may do
    sys.exit(subprocess.run(install, check=False).returncode)  # noqa: S603


@main.command()
def clean() -> None:
    """Take away what a lab left behind that was killed without a chance to tidy up."""
    for name in namespaces.stale():
        for process in namespaces.execute(["ip", "netns", "pids", name]).split():
            os.kill(int(process), signal.SIGKILL)
        namespaces.execute(["ip", "netns", "del", name])
        click.echo(f"removed {name}")
    for folder in namespaces.stale_folders():
        shutil.rmtree(folder)
        click.echo(f"removed {folder}")


@main.command()
@click.argument("one", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("other", type=click.Path(exists=True, file_okay=False, path_type=Path))
def same(one: Path, other: Path) -> None:
    """Compare what was planned in two runs, or in two folders of runs: the same for the same seed."""
    runs = sorted({path.parent.relative_to(root) for root in (one, other) for path in root.rglob("truth.json")})
    if not runs:
        raise click.ClickException(f"there is no truth.json in {one} or {other}")
    differing = [str(run) for run in runs if _planned(one / run) != _planned(other / run)]
    if differing:
        raise click.ClickException(f"{len(differing)} of {len(runs)} runs differ: {', '.join(differing)}")
    click.echo(f"{len(runs)} runs, planned alike")


@main.command()
@click.argument("name")
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a parameter.")
def run(name: str, seed: int, out: Path, settings: tuple[str, ...]) -> None:
    """Run one scenario."""
    _tidy_when_told_to_end()
    try:
        told = scenario.run(name, seed, out, settings)
    except namespaces.LabError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} seed {seed}: {len(told['attempts'])} attempts, {len(told['sources'])} sources -> {out}")
    for doubt in told["doubts"]:
        click.echo(f"{name} seed {seed}: {doubt}; run it again when the machine is less busy", err=True)


@main.command("all")
@click.option("--seeds", default="1", show_default=True, help="One seed, or a range such as 1-5.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to: NAME-sSEED each.")
@click.option("--jobs", type=click.IntRange(min=1), default=3, show_default=True, help="Scenarios side by side.")
@click.option("--vary", "varied", is_flag=True, help="Draw other parameters for every seed.")
def run_all(seeds: str, out: Path, jobs: int, varied: bool) -> None:
    """Run every scenario with every seed."""
    waiting = [(name, seed) for seed in _range(seeds) for name in scenario.names()]
    running: dict[subprocess.Popen[bytes], tuple[float, str]] = {}
    failed = []
    _tidy_when_told_to_end()
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                name, seed = waiting.pop(0)
                settings = vary(name, scenario.load(name).parameters, seed) if varied else ()
                command = [
                    *(*namespaces.TETHER, sys.executable, __file__, "run", name, "--seed", str(seed)),
                    *("--out", str(out / f"{name}-s{seed}")),
                    *(word for one in settings for word in ("--set", one)),
                ]
                running[subprocess.Popen(command, start_new_session=True)] = time.monotonic(), f"{name} seed {seed}"  # noqa: S603
            time.sleep(0.1)
            for process in [one for one in running if one.poll() is not None]:
                _, what = running.pop(process)
                failed += [what] if process.returncode else []
            for process, (since, _) in running.items():
                if time.monotonic() - since > PATIENCE_S:
                    process.terminate()
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)
    if failed:
        raise click.ClickException(f"failed: {', '.join(failed)}")


def _range(seeds: str) -> range:
    first, _, last = seeds.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first)):
        raise click.BadParameter(f"{seeds!r} is neither a seed nor a range such as 1-5", param_hint="--seeds")
    return range(int(first), int(last or first) + 1)


def _planned(run: Path) -> dict[str, Any] | None:
    path = run / "truth.json"
    return structure(json.loads(path.read_text())) if path.is_file() else None


def _tidy_when_told_to_end() -> None:
    """Ctrl-C, a polite kill and the end of the terminal all end a run the same way; `nohup` still does what it is for."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if one != signal.SIGHUP or signal.getsignal(one) != signal.SIG_IGN:
            signal.signal(one, signal.default_int_handler)


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)

"""Runs the lab from the command line: `python captures/lab run NAME`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs from a checkout that is not installed

from captures.lab import namespaces, scenario

PATIENCE_S = 180


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
    command = ["apt-get", "install", "-y", "--no-install-recommends", *sorted(set(scenario.TOOLS.values()))]
    sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603


@main.command()
def clean() -> None:
    """Take away what a lab left behind that was killed without a chance to tidy up."""
    for name in namespaces.stale():
        namespaces.execute(["ip", "netns", "del", name])
        click.echo(f"removed {name}")


@main.command()
@click.argument("name")
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change a parameter.")
def run(name: str, seed: int, out: Path, settings: tuple[str, ...]) -> None:
    """Run one scenario."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        told = scenario.run(name, seed, out, settings)
    except namespaces.LabError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} seed {seed}: {len(told['attempts'])} attempts, {len(told['sources'])} sources -> {out}")


@main.command("all")
@click.option("--seeds", default="1", show_default=True, help="One seed, or a range such as 1-5.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to: NAME-sSEED each.")
@click.option("--jobs", default=3, show_default=True, help="Scenarios side by side.")
def run_all(seeds: str, out: Path, jobs: int) -> None:
    """Run every scenario with every seed."""
    first, _, last = seeds.partition("-")
    waiting = [(name, seed) for seed in range(int(first), int(last or first) + 1) for name in scenario.names()]
    running: dict[subprocess.Popen[bytes], tuple[float, str]] = {}
    failed = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                name, seed = waiting.pop(0)
                command = [sys.executable, __file__, "run", name, "--seed", str(seed), "--out", str(out / f"{name}-s{seed}")]
                running[subprocess.Popen(command, start_new_session=True)] = time.monotonic(), f"{name} seed {seed}"  # noqa: S603
            time.sleep(0.1)
            for process in [one for one in running if one.poll() is not None]:
                _, what = running.pop(process)
                failed += [what] if process.returncode else []
            for process, (since, _) in running.items():
                if time.monotonic() - since > PATIENCE_S:
                    process.send_signal(signal.SIGINT)
    finally:
        for process in running:
            process.send_signal(signal.SIGINT)
        for process in running:
            process.wait(20)
    if failed:
        raise click.ClickException(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()

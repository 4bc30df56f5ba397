"""Shows the configuration: every setting and threshold in force, and where each came from."""

import click

from netdiag.verbs.options import settled


@click.group("config", context_settings={"help_option_names": ["-h", "--help"]})
def VERB() -> None:  # noqa: N802  the name is the registration
    """The configuration in force."""


@VERB.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: key to value and origin.")
@click.option("--profile", metavar="NAME", help="As with this profile.")
def show(as_json: bool, profile: str | None) -> None:
    """Every setting and threshold, and where it came from."""
    import json
    from dataclasses import asdict

    from netdiag.detectors.detector import detectors

    config = settled({"profile": profile})
    values = asdict(config.settings)
    for detector in detectors():
        in_force = detector.with_thresholds(**config.thresholds.get(detector.slug, {}))
        values |= {f"detectors.{detector.slug}.{name}": value for name, value in asdict(in_force.thresholds).items()}
    if as_json:
        shown = {key: {"value": value, "origin": config.origins.get(key, "default")} for key, value in values.items()}
        click.echo(json.dumps(shown, indent=2))
        return
    width = max(map(len, values))
    for key, value in values.items():
        click.echo(f"{key:{width}}  {json.dumps(value):16}  {config.origins.get(key, 'default')}")
    for what, reason in config.allow:
        click.echo(f"allow {what}: {reason}")

"""Settles what is in force: flags over environment over file over profile over default, and says where each came from.

The file is the nearest `netdiag.toml`, or `pyproject.toml` with a table `[tool.netdiag]`, from the working directory
upwards. Its keys are the fields of `Settings` (with `-` or `_`), and::

    [detectors.port-reuse-burst]   # thresholds of one detector
    [profiles.NAME]                # settings and [profiles.NAME.detectors.SLUG], in force with `profile = "NAME"`
    [[allow]]                      # what is known and accepted: a source (network) or a finding (id), and a reason
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from netdiag.errors import ConfigError

FILES = ("netdiag.toml", "pyproject.toml")
PREFIX = "NETDIAG_"
SEVERITIES = ("info", "low", "medium", "high", "critical")
CLOCKS = ("utc", "local", "epoch", "rel")
COLORS = ("auto", "always", "never")
TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything but thresholds that a file, the environment or a flag may set."""

    format: str = "text"
    """Format of what `netdiag analyze` writes to standard output."""
    time: str = "utc"
    """Clock of reports for people: utc, local, epoch, or rel (seconds since the first packet)."""
    color: str = "auto"
    """auto (on a terminal, unless NO_COLOR is set), always or never."""
    min_severity: str = "info"
    """Leave out findings below this severity."""
    fail_on: str = "never"
    """Exit with 1 when a finding has at least this severity."""
    strict: bool = False
    """Exit with 3 when an input could not be read to its end."""
    detector: tuple[str, ...] = ()
    """Run only these detectors (codes or slugs); none named: all."""
    source: tuple[str, ...] = ()
    """Judge only sources in these addresses or prefixes; none named: all."""
    profile: str = ""
    """Name of the profile in force."""


CHOICES = {"time": CLOCKS, "color": COLORS, "min_severity": SEVERITIES, "fail_on": ("never", *SEVERITIES)}
KEYS = tuple(one.name for one in fields(Settings))
DEFAULTS = {one.name: one.default for one in fields(Settings) if one.default is not MISSING}
TABLES = ("detectors", "profiles", "allow")


@dataclass(frozen=True, slots=True)
class Config:
    """What is in force."""

    settings: Settings
    thresholds: dict[str, dict[str, Any]]
    """Detector slug to the thresholds that differ from its defaults."""
    allow: tuple[tuple[str, str], ...] = ()
    """Network or finding id that is known and accepted, and why."""
    origins: dict[str, str] = field(default_factory=dict)
    """Dotted key (`fail_on`, `detectors.port-reuse-burst.window_s`) to where its value came from; defaults are not listed."""


def load(flags: Mapping[str, Any], *, directory: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Read file and environment, and put `flags` (None: not given) over them; ConfigError names what is wrong, and where."""
    path, table = _file(directory or Path.cwd())
    place = str(path)
    own = {key: value for key, value in table.items() if key not in ("profiles", "allow")}
    layers = [
        ("command line", _given(flags)),
        ("environment", _environment(os.environ if environ is None else environ)),
        (place, _flat(own, place)),
    ]
    name = next((values["profile"] for _, values in layers if "profile" in values), "")
    if name:
        layers.append((f"profile {name}", _profile(str(name), table.get("profiles", {}), place)))
    values: dict[str, Any] = dict(DEFAULTS)
    origins: dict[str, str] = {}
    for origin, layer in reversed(layers):
        for key, value in layer.items():
            values[key], origins[key] = _checked(key, value, origin), origin
    thresholds: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if key.startswith("detectors."):
            slug, _, threshold = key.removeprefix("detectors.").rpartition(".")
            thresholds.setdefault(slug, {})[threshold] = value
    _try(thresholds, origins)
    settings = Settings(**{key: values[key] for key in KEYS})
    return Config(settings, thresholds, tuple(_allow(table.get("allow", []), place)), origins)


def _file(directory: Path) -> tuple[Path | None, dict[str, Any]]:
    for folder in (directory, *directory.parents):
        for name in FILES:
            path = folder / name
            if not path.is_file():
                continue
            import tomllib

            table: Any
            try:
                table = tomllib.loads(path.read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                raise ConfigError(f"{path}: cannot be read: {error}. Correct it, or run from another folder") from error
            if name == "pyproject.toml":
                tools = table.get("tool", {})
                table = tools.get("netdiag") if isinstance(tools, dict) else None
            if not isinstance(table, dict | None):
                raise ConfigError(f"{path}: netdiag must be a table: [tool.netdiag]")
            if table is not None:
                return path, table
    return None, {}


def _flat(table: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Settings and `detectors.SLUG.THRESHOLD` keys of one table."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if key == "detectors":
            flat |= _thresholds(value, place)
            continue
        name = key.replace("-", "_")
        _known(name, (*KEYS, *TABLES), f"{place}: unknown key")
        if name in TABLES:
            raise ConfigError(f"{place}: {key} belongs to the top of the file")
        flat[name] = value
    return flat


def _profile(name: str, profiles: Any, place: str) -> dict[str, Any]:
    if not isinstance(profiles, dict) or not all(isinstance(profile, dict) for profile in profiles.values()):
        raise ConfigError(f'{place}: profiles must be tables: [profiles.NAME], then lines such as fail_on = "high"')
    _known(name, profiles, f"{place}: no profile")
    return _flat(profiles[name], f"{place}: profile {name}")


def _thresholds(table: Any, place: str) -> dict[str, Any]:
    if not isinstance(table, dict) or not all(isinstance(values, dict) for values in table.values()):
        raise ConfigError(f"{place}: detectors must be tables: [detectors.port-reuse-burst], then lines such as window_s = 5.0")
    return {f"detectors.{slug}.{key.replace('-', '_')}": value for slug, values in table.items() for key, value in values.items()}


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """NETDIAG_FAIL_ON=high, and NETDIAG_DETECTORS__PORT_REUSE_BURST__WINDOW_S=5 for thresholds."""
    found: dict[str, Any] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name.startswith("detectors__") and name.count("__") == 2:
            _, slug, threshold = name.split("__")
            found[f"detectors.{slug.replace('_', '-')}.{threshold}"] = _toml(text)
            continue
        _known(name, KEYS, f"environment variable {variable}: unknown key")
        default = DEFAULTS[name]
        found[name] = tuple(text.replace(",", " ").split()) if isinstance(default, tuple) else text
        if isinstance(default, bool):
            found[name] = TRUTH.get(text.lower(), text)
    return found


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Flags that were given; `threshold` holds texts `SLUG.NAME=VALUE`."""
    given = {key: value for key, value in flags.items() if value is not None and value != () and key != "threshold"}
    tuned = thresholds(flags.get("threshold") or ())
    return given | {f"detectors.{slug}.{name}": value for slug, values in tuned.items() for name, value in values.items()}


def thresholds(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Texts `SLUG.NAME=VALUE` as detector slug to thresholds; whether there are such is the detector's to say."""
    given: dict[str, dict[str, Any]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        slug, dot, name = key.strip().rpartition(".")
        if not equals or not dot:
            raise ConfigError(f"--threshold {text!r}: write it as port-reuse-burst.window_s=5")
        given.setdefault(slug, {})[name.replace("-", "_")] = _toml(value)
    return given


def _toml(text: str) -> Any:
    """A number, truth or list as TOML writes it; anything else is text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _checked(key: str, value: Any, origin: str) -> Any:
    """A setting's value in its type; ConfigError says what is valid."""
    if key.startswith("detectors."):
        return value
    default = DEFAULTS[key]
    if isinstance(default, tuple) and isinstance(value, list | tuple | str):
        value = (value,) if isinstance(value, str) else tuple(value)
    if type(value) is not type(default) or (isinstance(value, tuple) and not all(isinstance(one, str) for one in value)):
        kind = {bool: "true or false", tuple: "a list of texts", str: "a text"}[type(default)]
        raise ConfigError(f"{origin}: {key} = {value!r} must be {kind}")
    for text in value if key == "source" else ():
        network(text, f"{origin}: source")
    if key in CHOICES:
        _known(value, CHOICES[key], f"{origin}: {key} has no value")
    return value


def _try(thresholds: Mapping[str, Mapping[str, Any]], origins: Mapping[str, str]) -> None:
    """Let each detector refuse what it does not know."""
    if not thresholds:
        return
    from netdiag.detectors.detector import find

    for slug, overrides in thresholds.items():
        try:
            find(slug).with_thresholds(**overrides)
        except ConfigError as error:
            raise ConfigError(f"{origins[f'detectors.{slug}.{next(iter(overrides))}']}: {error}") from error


def _allow(entries: Any, place: str) -> Iterator[tuple[str, str]]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f'{place}: allow must be tables: [[allow]], then source = "192.0.2.0/24" and reason = "..."')
    for number, entry in enumerate(entries, 1):
        at = f"{place}: [[allow]] number {number}"
        for key, value in entry.items():
            _known(key, ("source", "finding", "reason"), f"{at}: unknown key")
            if not isinstance(value, str) or not value.strip():
                raise ConfigError(f"{at}: {key} = {value!r} must be a text that says something")
        if "reason" not in entry:
            raise ConfigError(f'{at}: a reason is compulsory: reason = "why this is known and accepted"')
        if ("source" in entry) == ("finding" in entry):
            raise ConfigError(f"{at}: name either a source (address or network) or a finding (its id)")
        yield (network(entry["source"], at) if "source" in entry else entry["finding"]), entry["reason"].strip()


def network(text: str, place: str) -> str:
    """An address or network that was configured, checked."""
    try:
        ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(f"{place}: {text!r} is no address or network. Write it as 192.0.2.7 or 2001:db8::/32") from error
    return text


def _known(name: str, valid: Any, problem: str) -> None:
    if name not in valid:
        from difflib import get_close_matches

        close = get_close_matches(name, list(valid), 1, 0.4)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise ConfigError(f"{problem} {name!r}{hint} Valid: {', '.join(valid) or 'none'}")

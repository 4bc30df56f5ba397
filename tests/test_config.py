import pytest

from netdiag.config import DEFAULTS, load
from netdiag.errors import ConfigError


def at(folder, text, name="netdiag.toml"):
    (folder / name).write_text(text)
    return folder


def test_defaults_without_anything(tmp_path):
    config = load({}, directory=tmp_path, environ={})
    assert config.settings.fail_on == "never"
    assert config.thresholds == {}
    assert config.origins == {}


def test_flags_over_environment_over_file_over_profile_over_default(tmp_path):
    profile = '[profiles.ci]\ntime = "epoch"\nmin_severity = "medium"\nfail_on = "low"\nstrict = true\n'
    at(tmp_path, f'profile = "ci"\ntime = "rel"\nmin-severity = "low"\n{profile}')
    environ = {"NETDIAG_MIN_SEVERITY": "high", "NETDIAG_COLOR": "never", "HOME": "/"}
    config = load({"color": "always", "strict": None}, directory=tmp_path, environ=environ)
    made = config.settings
    assert (made.color, made.min_severity, made.time, made.fail_on, made.strict, made.format) == (
        "always",
        "high",
        "rel",
        "low",
        True,
        "text",
    )
    assert config.origins == {
        "color": "command line",
        "min_severity": "environment",
        "time": str(tmp_path / "netdiag.toml"),
        "profile": str(tmp_path / "netdiag.toml"),
        "fail_on": "profile ci",
        "strict": "profile ci",
    }


def test_the_nearest_file_upwards_and_a_table_in_pyproject(tmp_path):
    at(tmp_path, '[tool.netdiag]\nformat = "md"\n', "pyproject.toml")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    at(tmp_path / "a", "[project]\n", "pyproject.toml")
    assert load({}, directory=inner, environ={}).settings.format == "md"
    at(inner, 'format = "csv"\n')
    assert load({}, directory=inner, environ={}).settings.format == "csv"


@pytest.mark.parametrize(
    ("given", "environ"),
    [
        ({"threshold": ("port-reuse-burst.window_s=5.5", "port-reuse-burst.pool=1024")}, {}),
        ({}, {"NETDIAG_DETECTORS__PORT_REUSE_BURST__WINDOW_S": "5.5", "NETDIAG_DETECTORS__PORT_REUSE_BURST__POOL": "1024"}),
    ],
)
def test_thresholds_from_flags_and_environment(given, environ, tmp_path):
    assert load(given, directory=tmp_path, environ=environ).thresholds == {"port-reuse-burst": {"window_s": 5.5, "pool": 1024}}


def test_thresholds_from_a_file(tmp_path):
    at(tmp_path, "[detectors.port-reuse-burst]\nwindow-s = 5.5\n[detectors.tls-handshake-stall]\ntls_ports = [443]\n")
    config = load({}, directory=tmp_path, environ={})
    assert config.thresholds == {"port-reuse-burst": {"window_s": 5.5}, "tls-handshake-stall": {"tls_ports": [443]}}
    assert config.origins["detectors.port-reuse-burst.window_s"] == str(tmp_path / "netdiag.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fail_no = 'low'", r"unknown key 'fail_no'; did you mean 'fail_on'\? Valid: format"),
        ("fail_on = 'lwo'", r"fail_on has no value 'lwo'; did you mean 'low'\? Valid: never, info"),
        ("strict = 'yes'", "strict = 'yes' must be true or false"),
        ("source = ['10.0.0.0/33']", "'10.0.0.0/33' is no address or network"),
        ("profile = 'x'", r"no profile 'x'\. Valid: none"),
        ("[detectors.port-reuse-brust]\nwindow_s = 5.0", "did you mean 'port-reuse-burst'"),
        ("[detectors.port-reuse-burst]\nwindow = 5.0", "did you mean 'window_s'"),
        ("[detectors.port-reuse-burst]\nwindow_s = 'x'", "must be of the kind of its default"),
        ("detectors = 3", r"\[detectors.port-reuse-burst\]"),
        ("[[allow]]\nsource = '10.0.0.0/8'", r"\[\[allow\]\] number 1: a reason is compulsory"),
        ("[[allow]]\nreason = 'x'", "name either a source"),
        ("[[allow]]\nreason = 'x'\nsuorce = '10.0.0.0/8'", "did you mean 'source'"),
        ("[[allow]]\nreason = ' '\nsource = '10.0.0.0/8'", "must be a text that says something"),
        ("[[allow]]\nreason = 'x'\nsource = 'home'", "'home' is no address or network"),
        ("allow = 3", "allow must be tables"),
        ("profile = 'x'\nprofiles = 3", r"profiles must be tables: \[profiles.NAME\]"),
        ("profile = 'x'\n[profiles]\nx = 3", r"profiles must be tables: \[profiles.NAME\]"),
        ("[detectors.'a.b']\nc = 1", "no detector 'a.b'"),
        ("[detectors.port-reuse-burst]\nwindow_s = inf", "must lie between 0 and"),
        ("x = [", "cannot be read"),
    ],
)
def test_what_is_wrong_names_the_file_and_the_remedy(text, said, tmp_path):
    at(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as caught:
        load({}, directory=tmp_path, environ={})
    assert str(caught.value).startswith(str(tmp_path / "netdiag.toml"))


def test_a_wrong_table_in_pyproject_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool]\nnetdiag = 3")
    with pytest.raises(ConfigError, match=r"pyproject.toml: netdiag must be a table: \[tool.netdiag\]"):
        load({}, directory=tmp_path, environ={})


def test_environment_errors_name_the_variable(tmp_path):
    with pytest.raises(ConfigError, match="NETDIAG_FAIL: unknown key 'fail'; did you mean 'fail_on'"):
        load({}, directory=tmp_path, environ={"NETDIAG_FAIL": "low"})


def test_environment_lists_and_truths(tmp_path):
    environ = {"NETDIAG_SOURCE": "10.0.0.0/8, 2001:db8::/32", "NETDIAG_STRICT": "on"}
    settings = load({}, directory=tmp_path, environ=environ).settings
    assert settings.source == ("10.0.0.0/8", "2001:db8::/32")
    assert settings.strict is True


def test_allow_list(tmp_path):
    at(tmp_path, "[[allow]]\nsource = '10.0.0.0/8'\nreason = 'our prober'\n[[allow]]\nfinding = 'ND101-00000000'\nreason = 'known'\n")
    assert load({}, directory=tmp_path, environ={}).allow == (("10.0.0.0/8", "our prober"), ("ND101-00000000", "known"))


def test_every_setting_has_a_default():
    from netdiag.config import KEYS

    assert set(DEFAULTS) == set(KEYS)

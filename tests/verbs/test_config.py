import json


def test_every_value_says_where_it_came_from(netdiag, tmp_path, monkeypatch):
    (tmp_path / "netdiag.toml").write_text(
        "strict = true\n[detectors.port-reuse-burst]\nwindow_s = 7.5\n[[allow]]\nsource = '::1'\nreason = 'me'\n"
    )
    monkeypatch.setenv("NETDIAG_TIME", "rel")
    shown = json.loads(netdiag("config", "show", "--json").out)
    assert shown["time"] == {"value": "rel", "origin": "environment"}
    assert shown["strict"] == {"value": True, "origin": str(tmp_path / "netdiag.toml")}
    assert shown["detectors.port-reuse-burst.window_s"] == {"value": 7.5, "origin": str(tmp_path / "netdiag.toml")}
    assert shown["fail_on"] == {"value": "never", "origin": "default"}
    assert "allow ::1: me\n" in netdiag("config", "show").out

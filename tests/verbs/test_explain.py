from netdiag.detectors.detector import detectors


def test_without_a_name_all_are_listed(netdiag):
    lines = netdiag("explain").out.splitlines()
    assert [line.split()[:2] for line in lines] == [[one.code, one.slug] for one in detectors()]


def test_a_page_has_the_thresholds_in_force(netdiag, tmp_path):
    (tmp_path / "netdiag.toml").write_text("[detectors.port-reuse-burst]\nwindow_s = 7.5\n")
    out = netdiag("explain", "nd101").out
    assert "## When it is wrong" in out
    assert "window_s = 7.5\n" in out


def test_an_unknown_detector_suggests_the_nearest(netdiag):
    said = netdiag("explain", "port-reuse-brust")
    assert said.code == 2
    assert "did you mean 'port-reuse-burst'" in said.err

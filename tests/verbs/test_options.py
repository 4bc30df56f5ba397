def test_files_from_a_list(netdiag, healthy, collision, tmp_path):
    (tmp_path / "list").write_text(f"{healthy}\n\n{collision}\n")
    out = netdiag("info", "--files-from", tmp_path / "list").out
    assert str(healthy) in out
    assert str(collision) in out


def test_a_missing_list_is_an_error_with_a_remedy(netdiag):
    said = netdiag("info", "--files-from", "nowhere")
    assert said.code == 2
    assert "nowhere: cannot be read" in said.err


def test_a_part_of_the_time(netdiag, healthy):
    assert '"packets": 13' in netdiag("info", "--json", healthy).out
    said = netdiag("connections", healthy, "--since", "2030-01-01T00:00:00Z")
    assert len(said.out.splitlines()) == 1


def test_a_wrong_time_is_an_error(netdiag, healthy):
    said = netdiag("analyze", healthy, "--since", "yesterday")
    assert said.code == 2
    assert "'yesterday' is not a time" in said.err

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


def test_a_size_is_a_number_of_bytes_with_a_unit(netdiag, healthy):
    from netdiag.verbs.options import Size

    sizes = {"1000": 1000, "64k": 64 << 10, "512M": 512 << 20, "1.5GiB": 3 << 29, "2TB": 2 << 40}
    assert {text: Size().convert(text, None, None) for text in sizes} == sizes
    assert netdiag("analyze", "--memory", "64M", healthy).code == 0
    for wrong in ("", "x", "0", "-1", "12x", "1e9", "9" * 10):
        said = netdiag("analyze", f"--memory={wrong}", healthy)
        assert said.code == 2
        assert "is no size such as 512M or 2G" in said.err

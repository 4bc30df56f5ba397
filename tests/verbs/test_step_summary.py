from netdiag.verbs.step_summary import CUT, LIMIT, VARIABLE, append


def test_nothing_is_written_without_a_summary(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    append(["x"])
    assert list(tmp_path.iterdir()) == []


def test_it_is_appended_within_the_limit(monkeypatch, tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    monkeypatch.setenv(VARIABLE, str(path))
    append(["one", "two"])
    assert path.read_text() == "before\none\ntwo\n"
    append("é" * 1000 for _ in range(1000))
    append(["more"] * 1000)
    assert LIMIT - 3000 < path.stat().st_size <= LIMIT
    assert CUT in path.read_text()

import pytest

from netdiag.reports.note import Level, inside, notes


def test_a_verdict_comes_before_its_findings(mild):
    first, *_ = notes(mild)
    assert (first.rule, first.name, first.level) == ("verdict", "tcp-state-collision", Level.ERROR)
    finding = next(note for note in notes(mild) if note.rule == "ND102")
    assert (finding.level, finding.path, finding.line) == (Level.ERROR, mild["inputs"][1]["path"], 1)
    assert finding.identity == mild["findings"][0]["id"]


def test_hostile_texts_are_printable(hostile):
    for note in notes(hostile):
        assert (note.title + note.message).isprintable()


def test_nothing_to_say(empty):
    assert list(notes(empty)) == []


@pytest.mark.parametrize(("path", "seen"), [("a/b.pcap", "a/b.pcap"), ("./a", "a"), ("../x", None), ("/etc/hosts", None), ("-", None)])
def test_paths_are_seen_from_the_repository(tmp_path, monkeypatch, path, seen):
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert inside(path) == seen


def test_the_workspace_is_the_root(tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "inner")
    assert inside("a.pcap") == "inner/a.pcap"
    assert inside("../a.pcap") == "a.pcap"

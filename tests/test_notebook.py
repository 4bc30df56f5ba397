from netdiag import open as open_capture


def test_a_result_shows_its_answer_as_html_without_scripts(captures):
    shown = open_capture(captures / "nat500_timewait_collision" / "capture.pcap.gz").analyze()._repr_html_()
    assert shown.startswith("<p><b>1 of 1 source in trouble: 10.9.0.1 by tcp-state-collision.</b></p>")
    assert "<table>" in shown
    assert "<script" not in shown


def test_texts_are_escaped(monkeypatch):
    from netdiag import notebook

    assert notebook._text("<b>\x1b&") == "&lt;b&gt;\\x1b&amp;"

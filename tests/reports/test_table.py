from netdiag.reports.table import aligned, separated


def test_numbers_go_right_and_text_left():
    assert list(aligned(["source", "n"], [["10.0.0.1", 5], ["::1", 1200]], 80)) == [
        "source        n",
        "10.0.0.1      5",
        "::1       1,200",
    ]


def test_no_line_is_wider_than_asked():
    assert [len(line) for line in aligned(["a", "b"], [["x" * 90, "y"]], 60)] == [60, 60]


def test_no_rows_is_the_head_alone():
    assert list(aligned(["a", "b"], [], 60)) == ["a  b"]
    assert list(separated(["a", "b"], [])) == ["a,b"]


def test_separated_quotes_and_disarms():
    assert list(separated(["a", "b"], [["x,y", "=1"], [None, 3]])) == ["a,b", '"x,y",\'=1', ",3"]

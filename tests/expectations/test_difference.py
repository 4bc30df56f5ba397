from netdiag.expectations.difference import WIDEST, Difference, shown


def test_one_line_says_place_and_both_values():
    assert str(Difference("findings[ND101-1].severity", "high", '"low"')) == 'findings[ND101-1].severity: expected high, got "low"'


def test_a_wall_of_json_is_cut_and_counted():
    text = shown(list(range(1000)))
    assert len(text) < WIDEST + 30
    assert "characters)" in text
    assert shown([1, "é"]) == '[1, "é"]'
